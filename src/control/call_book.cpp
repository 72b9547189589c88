#include "control/call_book.hpp"

#include <deque>
#include <set>
#include <utility>

#include "base/ids.hpp"
#include "base/thread_annotations.hpp"
#include "base/valid_text.hpp"
#include "base/wall_millis.hpp"
#include "control/call_index.hpp"
#include "security/hash.hpp"

namespace parley::control {
namespace {

constexpr std::size_t kTokenBytes = 24;  // 32 characters
constexpr std::size_t kMostRepeated = 100'000;
constexpr std::size_t kMostStreams = 50;  // of one call, one after another
constexpr std::size_t kMostHeard = 60;    // entries of a conversation
constexpr std::size_t kMostText = 2000;   // bytes of one
constexpr std::size_t kMostVariables = 200;

int rank(storage::CallStatus status) {
  switch (status) {
    case storage::CallStatus::queued:
      return 0;
    case storage::CallStatus::ringing:
      return 1;
    case storage::CallStatus::in_progress:
      return 2;
    default:
      return 3;
  }
}

void fill(std::string& known, std::string& told) {
  if (known.empty()) known = std::move(told);
}

// What the call was not known to have, from one that was made of a message about it.
void fill_in(BookedCall& call, BookedCall other) {
  fill(call.session_id, other.session_id);
  fill(call.phone_id, other.phone_id);
  fill(call.telephony_config_id, other.telephony_config_id);
  fill(call.agent, other.agent);
  fill(call.direction, other.direction);
  fill(call.custom_field, other.custom_field);
  for (auto& [name, value] : other.variables) {
    if (call.variables.size() < kMostVariables) call.variables.try_emplace(name, std::move(value));
  }
}

std::string clipped_text(std::string text) {
  return text.size() <= kMostText ? std::move(text) : std::string(clipped(text, kMostText));
}

// Without what was said and its variables, which are long: this is done under the lock, for many.
BookedCall card_of(const BookedCall& call) {
  BookedCall card;
  card.call_id = call.call_id;
  card.session_id = call.session_id;
  card.workspace_id = call.workspace_id;
  card.phone_id = call.phone_id;
  card.telephony_config_id = call.telephony_config_id;
  card.agent = call.agent;
  card.carrier = call.carrier;
  card.carrier_call_id = call.carrier_call_id;
  card.direction = call.direction;
  card.from = call.from;
  card.to = call.to;
  card.status = call.status;
  card.transfer = call.transfer;
  card.streams = call.streams;
  card.no_flow = call.no_flow;
  card.carrier_records = call.carrier_records;
  card.created_at = call.created_at;
  return card;
}

std::optional<CallBook::Untold> untold_at(const CallEntry& entry, SteadyTime now) {
  if (!entry.over || entry.streaming || entry.settled) return std::nullopt;
  if (entry.call.streams == 0 || entry.call.carrier_call_id.empty()) return std::nullopt;
  CallBook::Untold untold;
  untold.end = !entry.end_told;
  untold.transfer = entry.call.transfer && !entry.call.transfer->over;
  untold.seconds = !entry.seconds_told;
  untold.price = !entry.price_told;
  untold.recording = !entry.recording_told;
  if (!(untold.end || untold.transfer || untold.seconds || untold.price || untold.recording))
    return std::nullopt;
  untold.call = card_of(entry.call);
  untold.quiet = std::chrono::duration_cast<std::chrono::milliseconds>(now - entry.heard);
  return untold;
}

}  // namespace

struct CallBook::Parts {
  Parts(const Clock& with, Options options) : clock(with), index(options) {}

  CallEntry& add(BookedCall call, SteadyTime now) PARLEY_REQUIRES(mutex) {
    if (call.call_id.empty()) call.call_id = make_id();
    if (CallEntry* const known = index.find(call.call_id)) return *known;
    if (call.created_at == 0) call.created_at = now_millis(clock);
    CallEntry& entry = index.add(std::move(call), now);
    index.drop_old(now, entry);
    return entry;
  }
  // The call that is meant, and what is known of it now; nullptr: none.
  Result<CallEntry*> heard(const CallTrace& trace, SteadyTime now, bool for_stream) PARLEY_REQUIRES(mutex) {
    auto entry = index.locate(trace, now, for_stream);
    if (!entry || *entry == nullptr) return entry;
    if (auto learnt = index.learn(**entry, trace); !learnt) return fail(std::move(learnt.error()));
    (*entry)->heard = now;
    return entry;
  }

  const Clock& clock;
  mutable Mutex mutex;
  CallIndex index PARLEY_GUARDED_BY(mutex);
  std::set<std::string> repeated PARLEY_GUARDED_BY(mutex);
  std::deque<std::string> repeated_in_order PARLEY_GUARDED_BY(mutex);
};

CallBook::CallBook(const Clock& clock) : CallBook(clock, Options()) {}

CallBook::CallBook(const Clock& clock, Options options) : parts_(std::make_unique<Parts>(clock, options)) {}

CallBook::~CallBook() = default;

BookedCall CallBook::expect(BookedCall call) {
  const SteadyTime now = parts_->clock.now();
  const MutexLock lock(parts_->mutex);
  if (!call.call_id.empty()) {
    if (CallEntry* const known = parts_->index.find(call.call_id)) {
      fill_in(known->call, std::move(call));
      return known->call;
    }
  }
  return parts_->add(std::move(call), now).call;
}

Result<BookedCall> CallBook::match(const CallTrace& trace) {
  const SteadyTime now = parts_->clock.now();
  const MutexLock lock(parts_->mutex);
  const auto entry = parts_->heard(trace, now, false);
  if (!entry) return fail(entry.error());
  if (*entry == nullptr) return fail(Errc::not_found, "no call of this server is known by that");
  return (*entry)->call;
}

Result<BookedCall> CallBook::match_or_expect(const CallTrace& trace, BookedCall otherwise) {
  const SteadyTime now = parts_->clock.now();
  const MutexLock lock(parts_->mutex);
  const auto entry = parts_->heard(trace, now, false);
  if (!entry) return fail(entry.error());
  if (*entry != nullptr) {
    fill_in((*entry)->call, std::move(otherwise));
    return (*entry)->call;
  }
  CallEntry& made = parts_->add(std::move(otherwise), now);
  if (auto learnt = parts_->index.learn(made, trace); !learnt) return fail(std::move(learnt.error()));
  return made.call;
}

std::optional<BookedCall> CallBook::find(std::string_view call_id) const {
  const MutexLock lock(parts_->mutex);
  const CallEntry* const entry = parts_->index.find(call_id);
  return entry == nullptr ? std::nullopt : std::optional(entry->call);
}

std::string CallBook::issue_token(std::string_view call_id) {
  std::string token = std::string(kTokenPrefix) + random_token(kTokenBytes);
  const SteadyTime now = parts_->clock.now();
  const MutexLock lock(parts_->mutex);
  if (CallEntry* const entry = parts_->index.find(call_id)) parts_->index.set_token(*entry, token, now);
  return token;
}

bool CallBook::token_opens(std::string_view token) const {
  const SteadyTime now = parts_->clock.now();
  const MutexLock lock(parts_->mutex);
  const CallEntry* const entry = parts_->index.find_token(token);
  return entry != nullptr && parts_->index.token_holds(*entry, now);
}

Result<BookedCall> CallBook::begin_stream(const CallTrace& trace, BookedCall otherwise) {
  const SteadyTime now = parts_->clock.now();
  const MutexLock lock(parts_->mutex);
  if (!trace.token.empty()) {
    const CallEntry* const owner = parts_->index.find_token(trace.token);
    if (owner == nullptr || !parts_->index.token_holds(*owner, now))
      return fail(Errc::conflict, "the stream's token was used before, is too old or none of ours");
  }
  auto found = parts_->index.locate(trace, now, true);
  if (!found) return fail(std::move(found.error()));
  CallEntry* entry = *found;
  if (entry != nullptr && entry->streaming) return fail(Errc::conflict, "this call has a stream already");
  if (entry != nullptr && entry->ids.size() >= kMostStreams)
    return fail(Errc::conflict, "this call has had too many streams");
  if (entry == nullptr)
    entry = &parts_->add(std::move(otherwise), now);
  else
    fill_in(entry->call, std::move(otherwise));
  if (auto learnt = parts_->index.learn(*entry, trace); !learnt) return fail(std::move(learnt.error()));
  BookedCall& call = entry->call;
  // A recording is one file with one clock, so every stream has a record of its own.
  if (call.streams > 0) parts_->index.add_id(*entry, make_id());
  ++call.streams;
  call.status = storage::CallStatus::in_progress;
  call.transfer.reset();
  entry->streaming = true;
  entry->token_used = true;
  entry->settled = false;
  entry->heard = now;
  parts_->index.set_over(*entry, false, now);
  return call;
}

void CallBook::end_stream(std::string_view call_id, storage::CallStatus status) {
  const SteadyTime now = parts_->clock.now();
  const MutexLock lock(parts_->mutex);
  CallEntry* const entry = parts_->index.find(call_id);
  // By the id of an earlier stream: the call has another one by now.
  if (entry == nullptr || entry->call.call_id != call_id) return;
  entry->streaming = false;
  entry->heard = now;
  entry->call.status = status;
  parts_->index.set_over(*entry, true, now);
}

void CallBook::add_turn(std::string_view call_id, std::string caller, std::string agent) {
  const MutexLock lock(parts_->mutex);
  CallEntry* const entry = parts_->index.find(call_id);
  if (entry == nullptr) return;
  auto& said = entry->call.conversation;
  if (!caller.empty()) said.push_back({llm::Role::caller, clipped_text(std::move(caller))});
  if (!agent.empty()) said.push_back({llm::Role::agent, clipped_text(std::move(agent))});
  if (said.size() > kMostHeard)
    said.erase(said.begin(), said.end() - static_cast<std::ptrdiff_t>(kMostHeard));
}

void CallBook::set_transfer(std::string_view call_id, TransferIntent intent) {
  const MutexLock lock(parts_->mutex);
  CallEntry* const entry = parts_->index.find(call_id);
  if (entry == nullptr) return;
  entry->call.transfer = std::move(intent);
  parts_->index.note_unsettled(*entry);
}

std::optional<TransferIntent> CallBook::transfer_of(std::string_view call_id) {
  const MutexLock lock(parts_->mutex);
  CallEntry* const entry = parts_->index.find(call_id);
  if (entry == nullptr || !entry->call.transfer) return std::nullopt;
  entry->call.transfer->asked_for = true;
  return entry->call.transfer;
}

bool CallBook::end_transfer(std::string_view call_id) {
  const MutexLock lock(parts_->mutex);
  CallEntry* const entry = parts_->index.find(call_id);
  if (entry == nullptr || !entry->call.transfer) return false;
  return !std::exchange(entry->call.transfer->over, true);
}

void CallBook::set_carrier_call_id(std::string_view call_id, std::string carrier_call_id) {
  const SteadyTime now = parts_->clock.now();
  const MutexLock lock(parts_->mutex);
  CallEntry* const entry = parts_->index.find(call_id);
  if (entry == nullptr || carrier_call_id.empty()) return;
  entry->heard = now;
  CallTrace trace;
  trace.carrier = entry->call.carrier;
  trace.carrier_call_id = std::move(carrier_call_id);
  // Another call's id stays that call's.
  (void)parts_->index.learn(*entry, trace);
}

bool CallBook::set_status(std::string_view call_id, storage::CallStatus status) {
  const SteadyTime now = parts_->clock.now();
  const MutexLock lock(parts_->mutex);
  CallEntry* const entry = parts_->index.find(call_id);
  if (entry == nullptr) return false;
  entry->heard = now;
  BookedCall& call = entry->call;
  if (call.streams > 0 || entry->over || rank(status) <= rank(call.status)) return false;
  call.status = status;
  // Its token holds on: the carrier's word may have overtaken the stream.
  if (storage::is_final(status)) parts_->index.set_over(*entry, true, now);
  return true;
}

bool CallBook::is_repeated(const carrier::CallReport& report) {
  if (report.carrier_call_id.empty()) return false;
  // Hashed: what comes from outside may be long.
  std::string key = security::sha256(report.carrier_call_id + '\n' + report.event + '\n' + report.status +
                                     '\n' + std::string(carrier::to_string(report.progress)));
  const MutexLock lock(parts_->mutex);
  if (!parts_->repeated.insert(key).second) return true;
  parts_->repeated_in_order.push_back(std::move(key));
  if (parts_->repeated_in_order.size() > kMostRepeated) {
    parts_->repeated.erase(parts_->repeated_in_order.front());
    parts_->repeated_in_order.pop_front();
  }
  return false;
}

std::vector<BookedCall> CallBook::overdue(std::chrono::seconds than) const {
  const SteadyTime now = parts_->clock.now();
  const MutexLock lock(parts_->mutex);
  std::vector<BookedCall> calls;
  for (const auto& [serial, entry] : parts_->index.open()) {
    if (entry->call.streams == 0 && now - entry->heard >= than) calls.push_back(entry->call);
  }
  return calls;
}

bool CallBook::note_report(std::string_view call_id, const carrier::CallReport& report) {
  const SteadyTime now = parts_->clock.now();
  const MutexLock lock(parts_->mutex);
  CallEntry* const entry = parts_->index.find(call_id);
  if (entry == nullptr) return false;
  entry->heard = now;
  entry->end_told |= carrier::is_final(report.progress);
  entry->seconds_told |= report.seconds.has_value();
  entry->recording_told |= !report.recording_url.empty();
  return !report.price.empty() && !std::exchange(entry->price_told, true);
}

CallBook::UntoldCalls CallBook::next_untold() {
  const SteadyTime now = parts_->clock.now();
  UntoldCalls next;
  const MutexLock lock(parts_->mutex);
  const CallIndex::Some some = parts_->index.next_unsettled(kUntoldAtOnce);
  for (const CallEntry* entry : some.entries) {
    if (auto one = untold_at(*entry, now))
      next.calls.push_back(std::move(*one));
    else
      parts_->index.strike_off(*entry);
  }
  next.last = some.last;
  return next;
}

std::optional<CallBook::Untold> CallBook::untold_of(std::string_view call_id) const {
  const SteadyTime now = parts_->clock.now();
  const MutexLock lock(parts_->mutex);
  const CallEntry* const entry = parts_->index.find(call_id);
  return entry == nullptr ? std::nullopt : untold_at(*entry, now);
}

void CallBook::settle(std::string_view call_id) {
  const MutexLock lock(parts_->mutex);
  CallEntry* const entry = parts_->index.find(call_id);
  if (entry == nullptr) return;
  entry->settled = true;
  parts_->index.strike_off(*entry);
}

int CallBook::open_calls(std::string_view telephony_config_id) const {
  const MutexLock lock(parts_->mutex);
  int count = 0;
  for (const auto& [serial, entry] : parts_->index.open())
    count += entry->call.telephony_config_id == telephony_config_id ? 1 : 0;
  return count;
}

std::size_t CallBook::size() const {
  const MutexLock lock(parts_->mutex);
  return parts_->index.size();
}

}  // namespace parley::control

#include "control/call_index.hpp"

#include <algorithm>
#include <utility>

namespace parley::control {
namespace {

// Nobody's id or number is longer; what is longer is not looked at, so that strangers cannot fill the memory.
constexpr std::size_t kLongestName = 200;
constexpr std::size_t kDigitsCompared = 10;
constexpr std::size_t kFewestDigits = 3;

// "+91 98765-00001", "09876500001" and "9876500001" are one. Empty: nothing to compare.
std::string last_digits(std::string_view number) {
  std::string digits;
  if (number.size() > kLongestName) return digits;
  for (const char c : number) {
    if (c >= '0' && c <= '9') digits += c;
  }
  if (digits.size() < kFewestDigits) return {};
  if (digits.size() > kDigitsCompared) digits.erase(0, digits.size() - kDigitsCompared);
  return digits;
}

// The same whoever of the two rings. Empty: one of them is not known.
std::pair<std::string, std::string> numbers_of(std::string_view from, std::string_view to) {
  std::string one = last_digits(from);
  std::string other = last_digits(to);
  if (one.empty() || other.empty()) return {};
  if (other < one) std::swap(one, other);
  return {std::move(one), std::move(other)};
}

bool differ(std::string_view one, std::string_view other) {
  return !one.empty() && !other.empty() && one != other;
}

std::string_view carrier_id_of(const CallTrace& trace) {
  return trace.carrier_call_id.size() <= kLongestName ? std::string_view(trace.carrier_call_id) : "";
}

std::unexpected<Error> conflict(std::string message) {
  return fail(Errc::conflict, std::move(message));
}

template <class Index, class Key>
auto* found_in(const Index& index, const Key& key) {
  const auto found = index.find(key);
  return found == index.end() ? nullptr : found->second;
}

}  // namespace

CallIndex::Entry& CallIndex::add(BookedCall call, SteadyTime now) {
  auto made = std::make_unique<Entry>();
  Entry& entry = *made;
  entry.call = std::move(call);
  entry.ids.push_back(entry.call.call_id);
  entry.booked = entry.heard = now;
  entry.serial = next_serial_++;
  entries_.emplace(entry.serial, std::move(made));
  by_id_[entry.call.call_id] = &entry;
  if (!entry.call.carrier_call_id.empty()) {
    const auto [at, fresh] = by_carrier_id_.try_emplace({entry.call.carrier, entry.call.carrier_call_id});
    if (fresh)
      at->second = &entry;
    else
      entry.call.carrier_call_id.clear();
  }
  index_numbers(entry);
  set_over(entry, storage::is_final(entry.call.status), now);
  return entry;
}

CallIndex::Entry* CallIndex::find(std::string_view call_id) const {
  return found_in(by_id_, call_id);
}

CallIndex::Entry* CallIndex::find_token(std::string_view token) const {
  return token.empty() ? nullptr : found_in(by_token_, token);
}

Result<CallIndex::Entry*> CallIndex::locate(const CallTrace& trace, SteadyTime now, bool for_stream) {
  Entry* const by_id = trace.call_id.empty() ? nullptr : find(trace.call_id);
  Entry* const by_token = find_token(trace.token);
  if (by_id != nullptr && by_token != nullptr && by_id != by_token)
    return conflict("its id and its token are of two calls");
  Entry* const named = by_id != nullptr ? by_id : by_token;
  const auto carrier_id = carrier_id_of(trace);
  Entry* const known =
      carrier_id.empty() ? nullptr : found_in(by_carrier_id_, Key{trace.carrier, std::string(carrier_id)});
  if (named != nullptr && known != nullptr && named != known)
    return conflict("the carrier's id of this call belongs to another call");
  Entry* entry = named != nullptr ? named : known;
  if (entry == nullptr) {
    // It names a call, which is not here: two numbers would only find a wrong one.
    if (!trace.call_id.empty() || !trace.token.empty()) return nullptr;
    return by_numbers(trace, now, for_stream);
  }
  if (differ(entry->call.carrier, trace.carrier)) return conflict("this call is another carrier's");
  if (differ(entry->call.carrier_call_id, carrier_id))
    return conflict("the carrier has given this call another id before");
  if (differ(entry->call.workspace_id, trace.workspace_id))
    return conflict("this call is another workspace's");
  return entry;
}

CallIndex::Entry* CallIndex::by_numbers(const CallTrace& trace, SteadyTime now, bool for_stream) {
  Key key = numbers_of(trace.from, trace.to);
  if (key.first.empty()) return nullptr;
  const auto at = by_numbers_.find(key);
  if (at == by_numbers_.end()) return nullptr;
  Entry* only = nullptr;
  for (auto one = at->second.begin(); one != at->second.end();) {
    Entry& entry = **one;
    if (now - entry.booked > options_.numbers_hold) {
      entry.numbers = {};
      one = at->second.erase(one);
      continue;
    }
    ++one;
    // Claimed is a call that has a stream or is over, and, for a message that brings an id, one that has one.
    const bool claimed = carrier_id_of(trace).empty() ? entry.call.streams > 0 || entry.over
                                                      : !entry.call.carrier_call_id.empty();
    if (claimed || (for_stream && token_holds(entry, now))) continue;
    if (for_stream && entry.call.streams > 0) continue;
    if (differ(entry.call.carrier, trace.carrier) || differ(entry.call.workspace_id, trace.workspace_id) ||
        differ(entry.call.direction, trace.direction))
      continue;
    if (only != nullptr) return nullptr;
    only = &entry;
  }
  if (at->second.empty()) by_numbers_.erase(at);
  return only;
}

Result<void> CallIndex::learn(Entry& entry, const CallTrace& trace) {
  const auto carrier_id = carrier_id_of(trace);
  if (entry.call.carrier.empty()) entry.call.carrier = trace.carrier;
  if (!carrier_id.empty() && entry.call.carrier_call_id.empty()) {
    const auto [at, fresh] =
        by_carrier_id_.try_emplace({entry.call.carrier, std::string(carrier_id)}, &entry);
    if (!fresh) return conflict("the carrier's id of this call belongs to another call");
    entry.call.carrier_call_id = carrier_id;
    note_unsettled(entry);
  }
  if (entry.call.workspace_id.empty()) entry.call.workspace_id = trace.workspace_id;
  if (entry.call.from.empty() && trace.from.size() <= kLongestName) entry.call.from = trace.from;
  if (entry.call.to.empty() && trace.to.size() <= kLongestName) entry.call.to = trace.to;
  if (entry.numbers.first.empty()) index_numbers(entry);
  return {};
}

void CallIndex::add_id(Entry& entry, std::string call_id) {
  by_id_[call_id] = &entry;
  entry.call.call_id = call_id;
  entry.ids.push_back(std::move(call_id));
}

void CallIndex::set_token(Entry& entry, std::string token, SteadyTime now) {
  if (!entry.token.empty()) by_token_.erase(entry.token);
  entry.token = std::move(token);
  entry.token_since = now;
  entry.token_used = false;
  by_token_[entry.token] = &entry;
}

bool CallIndex::token_holds(const Entry& entry, SteadyTime now) const {
  if (entry.token.empty() || entry.token_used) return false;
  // The address of a call that we place is handed out before its turn in the queue and its ringing.
  const bool on_its_way = entry.call.direction == "outbound" && entry.call.streams == 0 && !entry.over;
  return on_its_way || now - entry.token_since <= options_.token_holds;
}

void CallIndex::set_over(Entry& entry, bool over, SteadyTime now) {
  if (entry.over) over_.erase({entry.over_since, entry.serial});
  entry.over = over;
  if (over) {
    entry.over_since = now;
    over_.emplace(now, entry.serial);
    open_.erase(entry.serial);
    note_unsettled(entry);
  } else {
    open_[entry.serial] = &entry;
    strike_off(entry);
  }
}

void CallIndex::note_unsettled(const Entry& entry) {
  if (entry.over && entry.call.streams > 0 && !entry.settled) unsettled_.insert(entry.serial);
}

CallIndex::Some CallIndex::next_unsettled(std::size_t most) {
  Some some;
  auto at = unsettled_.upper_bound(looked_at_);
  for (; at != unsettled_.end() && some.entries.size() < most; ++at)
    some.entries.push_back(entries_.at(looked_at_ = *at).get());
  some.last = at == unsettled_.end();
  if (some.last) looked_at_ = 0;
  return some;
}

void CallIndex::drop_old(SteadyTime now, const Entry& kept) {
  const auto too_many = [this] { return entries_.size() > options_.most_calls; };
  for (auto at = over_.begin(); at != over_.end() && (too_many() || now - at->first > options_.keep_over);) {
    Entry& oldest = *entries_.at((at++)->second);
    if (&oldest != &kept) remove(oldest);
  }
  // Calls that were announced and never came; those that talk are bounded at the door.
  for (auto at = open_.begin(); too_many() && at != open_.end();) {
    Entry& oldest = *(at++)->second;
    if (!oldest.streaming && &oldest != &kept) remove(oldest);
  }
}

void CallIndex::index_numbers(Entry& entry) {
  entry.numbers = numbers_of(entry.call.from, entry.call.to);
  if (!entry.numbers.first.empty()) by_numbers_[entry.numbers].push_back(&entry);
}

void CallIndex::remove(Entry& entry) {
  for (const auto& id : entry.ids)
    by_id_.erase(id);
  if (!entry.token.empty()) by_token_.erase(entry.token);
  if (!entry.call.carrier_call_id.empty())
    by_carrier_id_.erase({entry.call.carrier, entry.call.carrier_call_id});
  if (const auto at = by_numbers_.find(entry.numbers); at != by_numbers_.end()) {
    at->second.remove(&entry);
    if (at->second.empty()) by_numbers_.erase(at);
  }
  over_.erase({entry.over_since, entry.serial});
  open_.erase(entry.serial);
  strike_off(entry);
  entries_.erase(entry.serial);
}

}  // namespace parley::control

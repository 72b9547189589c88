#include "control/browser_calls.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "agent/variables.hpp"
#include "base/ids.hpp"
#include "base/thread_annotations.hpp"
#include "base/wall_millis.hpp"
#include "control/agent_choice.hpp"
#include "control/browser_session.hpp"
#include "vendor/json.hpp"

namespace parley::control {
namespace {

namespace json = boost::json;

constexpr std::size_t kTokenBytes = 24;  // 32 characters
constexpr std::size_t kMostSaid = 400;   // entries of a conversation
constexpr std::string_view kNobodyBehind = "a call from the browser has nobody behind it to be handed on to";

std::string json_of(const Variables& variables) {
  if (variables.empty()) return {};
  json::object object;
  for (const auto& [name, value] : variables)
    object[name] = value;
  return json::serialize(object);
}

Variables variables_of(std::string_view text) {
  Variables variables;
  if (text.empty()) return variables;
  const auto object = vendor::parse_json_object(text);
  if (!object) return variables;
  for (const auto& [name, value] : *object) {
    if (value.is_string()) variables.emplace(std::string(name), std::string(value.get_string()));
  }
  return variables;
}

// The agent of this call: nobody is behind it to be handed on to, and who comes back is not greeted again.
agent::AgentPtr for_call(const BrowserCall& call, bool greets) {
  struct Both {
    ReadyAgentPtr ready;
    agent::AgentPtr agent;
  };
  const ReadyAgentPtr& ready = call.answerer.agent;
  agent::AgentPtr changed(ready, ready->agent().get());
  if (!greets || changed->transfer.enabled) {
    auto copy = std::make_shared<agent::Agent>(*changed);
    copy->transfer.enabled = false;
    if (!greets) {
      copy->first_message.clear();
      copy->personal = true;
    }
    if (copy->origin == nullptr) copy->origin = ready->agent();
    changed = std::move(copy);
  }
  Variables all = call.variables;
  all["direction"] = "inbound";
  all["call_id"] = call.call_id;
  changed = agent::with_variables(changed, all);
  const agent::Agent* raw = changed.get();
  return {std::make_shared<const Both>(ready, std::move(changed)), raw};
}

}  // namespace

struct BrowserCalls::Parts final : engine::CallObserver {
  Parts(Dependencies with, Options chosen) : d(with), options(chosen) {}

  struct Ticket {
    BrowserCall call;
    SteadyTime until;
  };
  // A conversation that goes on, or might; of one that has ended for good, only that it has.
  struct Session {
    std::string call_id;  // the last one
    storage::WallMillis began = 0;
    bool running = false;
    bool goes_on = false;  // when its caller comes back
    SteadyTime ended{};
    Answerer answerer;
    Variables variables;
    std::vector<llm::Message> said;
  };

  static std::string key_of(std::string_view workspace, std::string_view session) {
    return fmt::format("{}\n{}", workspace, session);
  }
  // Kept until nobody can hold a ticket any more that was announced in time.
  struct Ended {
    SteadyTime at{};
    std::string key;
    std::string call_id;
  };
  using Sessions = std::map<std::string, Session>;

  bool is_fresh(const Session& session, SteadyTime now) const {
    return session.running || (session.goes_on && now - session.ended <= options.taken_up_within);
  }

  Result<void> take_up(const BrowserCallRequest& request, BrowserCall& call);
  Result<void> take_up_from_log(const BrowserCallRequest& request, BrowserCall& call);
  bool take_up_from_memory(const BrowserCallRequest& request, BrowserCall& call);
  bool goes_on_elsewhere(const BrowserCallRequest& request, const Session& known) const;
  // Moved out, to be freed when the lock is gone: agents with all their adapters may go with them.
  std::vector<Sessions::node_type> take_old(SteadyTime now) PARLEY_REQUIRES(mutex);
  Sessions::node_type take_oldest() PARLEY_REQUIRES(mutex);

  void on_call_started(const storage::CallRecord&) override {}
  void on_transcript_line(const std::string&, const engine::TranscriptLine&) override {}
  void on_conversation(const std::string& call_id, const std::vector<llm::Message>& said) override;
  void on_call_ended(const std::string& call_id, const storage::CallEnd& end) override;
  Session* session_of(const std::string& call_id) PARLEY_REQUIRES(mutex);

  Dependencies d;
  const Options options;
  mutable Mutex mutex;
  std::map<std::string, Ticket, std::less<>> tickets PARLEY_GUARDED_BY(mutex);
  Sessions sessions PARLEY_GUARDED_BY(mutex);
  // In the order in which they ended; those whose session has another call by now mean nothing.
  std::deque<Ended> ended PARLEY_GUARDED_BY(mutex);
  std::map<std::string, std::string> session_keys PARLEY_GUARDED_BY(mutex);  // by the running call's id
};

BrowserCalls::BrowserCalls(Dependencies dependencies) : BrowserCalls(dependencies, Options()) {}

BrowserCalls::BrowserCalls(Dependencies dependencies, Options options)
    : parts_(std::make_unique<Parts>(dependencies, options)) {}

BrowserCalls::~BrowserCalls() = default;

engine::CallObserver& BrowserCalls::observer() {
  return *parts_;
}

// Which agent, and what was said so far.

// Its last call here may not be in the log yet; one that began later is another node's.
bool BrowserCalls::Parts::goes_on_elsewhere(const BrowserCallRequest& request, const Session& known) const {
  const auto newest = newest_call(d.calls, request.workspace_id, request.session_id);
  return newest && newest->call.id != known.call_id && newest->call.started_at > known.began;
}

bool BrowserCalls::Parts::take_up_from_memory(const BrowserCallRequest& request, BrowserCall& call) {
  const SteadyTime now = d.clock.now();
  std::optional<Session> known;
  {
    const MutexLock lock(mutex);
    const auto found = sessions.find(key_of(request.workspace_id, request.session_id));
    if (found == sessions.end()) return false;
    known = found->second;
  }
  const bool elsewhere = !known->running && goes_on_elsewhere(request, *known);
  if (elsewhere || !is_fresh(*known, now)) {
    // That one has come to an end is known here before the log says so.
    if (elsewhere || known->goes_on) call.outdated = std::move(known->call_id);
    return false;
  }
  call.answerer = std::move(known->answerer);
  if (call.variables.empty()) call.variables = std::move(known->variables);
  // Of one that goes on, begin() knows how it ended.
  if (!known->running) call.earlier = std::move(known->said);
  return true;
}

Result<void> BrowserCalls::Parts::take_up_from_log(const BrowserCallRequest& request, BrowserCall& call) {
  const auto session = d.store.find_session(request.workspace_id, request.session_id);
  if (!session) return fail(session.error());
  constexpr std::string_view kLeaveOut = "leave sessionId out, or give a new one, to begin another";
  if (session->channel != "web") {
    return fail(Errc::conflict, fmt::format("the session is a {}: {}",
                                            session->channel == "chat" ? "chat" : "phone call's", kLeaveOut));
  }
  if (!is_agent_of(d.store, d.agents, *session, request.agent)) {
    return fail(Errc::conflict,
                fmt::format("the session talks with agent {}: {}", session->agent, kLeaveOut));
  }
  auto answerer = frozen_agent(d.agents, *session);
  if (!answerer) return fail(std::move(answerer.error()));
  call.answerer = std::move(*answerer);
  auto logged = logged_conversation(d.calls, request.workspace_id, request.session_id, now_millis(d.clock),
                                    options.taken_up_within);
  call.earlier = std::move(logged.said);
  if (call.variables.empty()) call.variables = variables_of(logged.variables);
  return {};
}

Result<void> BrowserCalls::Parts::take_up(const BrowserCallRequest& request, BrowserCall& call) {
  const bool named = !request.session_id.empty();
  if (named && take_up_from_memory(request, call)) {
    const std::string& name = call.answerer.agent->agent()->name;
    storage::SessionRecord session{};
    session.workspace_id = request.workspace_id;
    session.agent = name;
    if (is_agent_of(d.store, d.agents, session, request.agent)) return {};
    return fail(Errc::conflict, fmt::format("the session talks with agent {}", name));
  }
  if (named) {
    auto taken = take_up_from_log(request, call);
    if (taken || taken.error().code != Errc::not_found) return taken;
  }
  auto chosen = choose_agent(d.store, d.agents,
                             {.workspace_id = request.workspace_id,
                              .agent = request.agent,
                              .draft = request.draft,
                              .bundled = true});
  if (!chosen) return fail(std::move(chosen.error()));
  call.answerer = std::move(*chosen);
  return {};
}

// Tokens.

Result<BrowserTicket> BrowserCalls::announce(BrowserCallRequest request) {
  BrowserCall call;
  call.variables = std::move(request.variables);
  if (auto taken = parts_->take_up(request, call); !taken) {
    // Of an agent that is not ready: trying again would not help.
    const Errc code = taken.error().code == Errc::unavailable ? Errc::conflict : taken.error().code;
    return fail(code, std::move(taken.error().message));
  }
  call.call_id = make_id();
  call.session_id = request.session_id.empty() ? make_id() : std::move(request.session_id);
  call.workspace_id = std::move(request.workspace_id);
  call.caller = std::move(request.caller);
  call.local = request.local;
  BrowserTicket ticket;
  ticket.token = random_token(kTokenBytes);
  ticket.session_id = call.session_id;
  ticket.agent = call.answerer.agent->agent()->name;
  const auto holds = parts_->options.token_holds;
  ticket.expires_at =
      now_millis(parts_->d.clock) + std::chrono::duration_cast<std::chrono::milliseconds>(holds).count();

  const SteadyTime now = parts_->d.clock.now();
  std::vector<Parts::Sessions::node_type> old;  // freed when the lock is gone
  const MutexLock lock(parts_->mutex);
  old = parts_->take_old(now);
  std::erase_if(parts_->tickets, [&](const auto& one) { return one.second.until < now; });
  // No workspace takes the places of the others.
  const auto of_workspace = std::ranges::count_if(
      parts_->tickets, [&](const auto& one) { return one.second.call.workspace_id == call.workspace_id; });
  if (parts_->tickets.size() >= parts_->options.most_tickets ||
      of_workspace >= parts_->options.most_of_workspace)
    return fail(Errc::overloaded, "too many calls are about to begin: try again in a moment");
  parts_->tickets.emplace(ticket.token, Parts::Ticket{std::move(call), now + holds});
  return ticket;
}

std::optional<BrowserCall> BrowserCalls::find(std::string_view token) const {
  const SteadyTime now = parts_->d.clock.now();
  const MutexLock lock(parts_->mutex);
  const auto found = parts_->tickets.find(token);
  if (found == parts_->tickets.end() || found->second.until < now) return std::nullopt;
  return found->second.call;
}

std::optional<BrowserCall> BrowserCalls::open(std::string_view token) {
  auto call = find(token);
  const MutexLock lock(parts_->mutex);
  const auto used = parts_->tickets.find(token);
  if (!call || used == parts_->tickets.end()) return std::nullopt;
  parts_->tickets.erase(used);
  return call;
}

// The conversation.

std::optional<std::string> BrowserCalls::running(const BrowserCall& call) const {
  const MutexLock lock(parts_->mutex);
  const auto found = parts_->sessions.find(Parts::key_of(call.workspace_id, call.session_id));
  if (found == parts_->sessions.end() || !found->second.running) return std::nullopt;
  return found->second.call_id;
}

std::vector<BrowserCalls::Parts::Sessions::node_type> BrowserCalls::Parts::take_old(SteadyTime now) {
  std::vector<Sessions::node_type> old;
  while (!ended.empty() && now - ended.front().at > options.taken_up_within + options.token_holds)
    old.push_back(take_oldest());
  return old;
}

// Whoever ended first; nothing when it has another call by now.
BrowserCalls::Parts::Sessions::node_type BrowserCalls::Parts::take_oldest() {
  const Ended oldest = std::move(ended.front());
  ended.pop_front();
  const auto found = sessions.find(oldest.key);
  if (found == sessions.end() || found->second.call_id != oldest.call_id) return {};
  return sessions.extract(found);
}

Result<engine::CallAgent> BrowserCalls::begin(const BrowserCall& call) {
  std::vector<llm::Message> earlier = call.earlier;
  Parts::Sessions::node_type replaced;
  std::vector<Parts::Sessions::node_type> oldest;
  {
    const std::string key = Parts::key_of(call.workspace_id, call.session_id);
    const MutexLock lock(parts_->mutex);
    auto& sessions = parts_->sessions;
    const auto known = sessions.find(key);
    if (known != sessions.end()) {
      if (known->second.running)
        return fail(Errc::permission_denied, "this session goes on in another connection");
      // It was in time when the call was announced, or has ended since then. What came to an end is empty.
      if (known->second.call_id != call.outdated) earlier = std::move(known->second.said);
      replaced = sessions.extract(known);
    }
    // Those that go are read from the log again.
    while (sessions.size() >= parts_->options.most_sessions && !parts_->ended.empty())
      oldest.push_back(parts_->take_oldest());
    Parts::Session session;
    session.call_id = call.call_id;
    session.began = now_millis(parts_->d.clock);
    session.running = true;
    session.answerer = call.answerer;
    session.variables = call.variables;
    session.said = earlier;
    sessions.emplace(key, std::move(session));
    parts_->session_keys.emplace(call.call_id, key);
  }
  engine::CallAgent chosen;
  const bool had_transfer = call.answerer.agent->agent()->transfer.enabled;
  chosen.agent = for_call(call, earlier.empty());
  chosen.no_transfer = engine::NoTransfer{std::string(kNobodyBehind), had_transfer};
  chosen.line_charged = false;
  chosen.vendors = call.answerer.agent->for_call();
  chosen.agent_text = call.answerer.agent_text;
  chosen.workspace_id = call.workspace_id;
  chosen.keeps_alive = call.answerer.agent;
  chosen.call_id = call.call_id;
  chosen.session_id = call.session_id;
  chosen.from = call.caller.empty() ? std::string(kBrowserCarrier) : call.caller;
  chosen.variables = json_of(call.variables);
  chosen.earlier = std::move(earlier);
  return chosen;
}

BrowserCalls::Parts::Session* BrowserCalls::Parts::session_of(const std::string& call_id) {
  const auto key = session_keys.find(call_id);
  if (key == session_keys.end()) return nullptr;
  const auto session = sessions.find(key->second);
  return session == sessions.end() ? nullptr : &session->second;
}

void BrowserCalls::Parts::on_conversation(const std::string& call_id, const std::vector<llm::Message>& said) {
  const MutexLock lock(mutex);
  Session* const session = session_of(call_id);
  if (session == nullptr) return;
  const std::size_t skipped = said.size() > kMostSaid ? said.size() - kMostSaid : 0;
  session->said.assign(said.begin() + static_cast<std::ptrdiff_t>(skipped), said.end());
}

void BrowserCalls::Parts::on_call_ended(const std::string& call_id, const storage::CallEnd& end) {
  const SteadyTime now = d.clock.now();
  Session over;  // freed when the lock is gone
  const MutexLock lock(mutex);
  if (Session* const session = session_of(call_id)) {
    session->running = false;
    session->goes_on = was_broken_off(end.status, end.reason);
    session->ended = now;
    if (!session->goes_on) {
      std::swap(over.answerer, session->answerer);
      std::swap(over.variables, session->variables);
      std::swap(over.said, session->said);
    }
    ended.push_back({now, session_keys.find(call_id)->second, call_id});
  }
  session_keys.erase(call_id);
}

}  // namespace parley::control

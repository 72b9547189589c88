// Calls from the browser: who may open a socket and for which conversation, and how a conversation goes on
// over another socket. A page asks for a call and gets an address with a token that is good once and for a
// minute; a session that is going on or was broken off a few minutes ago is taken up again, by the memory of
// this node or, where that has nothing or another node has gone on since, by the call log. Whether it is in
// time is decided when the call is announced. What was said is forgotten a few minutes after it can be taken
// up no more.
//
// Thread: announce() blocks (pool); begin() and the observer on calls' shards; the rest from any thread, a
// short lock. Lifetime: what is in Dependencies outlives it; it outlives the calls.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "control/agent_directory.hpp"
#include "control/call_book.hpp"
#include "control/request_origin.hpp"
#include "engine/deferred_call.hpp"
#include "storage/call_store.hpp"
#include "storage/control_store.hpp"

namespace parley::control {

// In the call log.
inline constexpr std::string_view kBrowserCarrier = "browser";

struct BrowserCallRequest {
  std::string workspace_id{};
  std::string agent{};  // id or name, also of a bundled one; empty: of the session, or the latest published
  bool draft = false;   // its draft instead of the published version; of a session that begins
  std::string session_id{};  // empty: one is made
  Variables variables{};     // empty: of a session that goes on, those that it has
  std::string caller{};      // the user's name; may be empty
  bool local = false;        // by somebody on this machine who needs no login
};

struct BrowserTicket {
  std::string token;
  std::string session_id;
  std::string agent;  // its name
  storage::WallMillis expires_at = 0;
};

// What a token opens.
struct BrowserCall {
  std::string call_id;
  std::string session_id;
  std::string workspace_id;
  std::string caller;
  bool local = false;
  Variables variables;
  Answerer answerer;
  std::vector<llm::Message> earlier;  // as it was known when the call was announced
  std::string outdated;  // the call of the session that memory had then and that is not to be gone on from
};

class BrowserCalls {
 public:
  struct Dependencies {
    const Clock& clock;
    storage::ControlStore& store;
    storage::CallStore& calls;
    const AgentDirectory& agents;
  };
  struct Options {
    std::chrono::seconds token_holds{60};
    std::chrono::seconds taken_up_within{5 * 60};
    std::size_t most_tickets = 1000;  // waiting to be used
    std::ptrdiff_t most_of_workspace = 100;
    std::size_t most_sessions = 10'000;  // whose conversation is in memory
  };
  explicit BrowserCalls(Dependencies dependencies);
  BrowserCalls(Dependencies dependencies, Options options);
  ~BrowserCalls();

  // Errors: not_found (agent); conflict (the agent cannot talk yet, the session is a phone call's, a chat or
  // another agent's); overloaded.
  Result<BrowserTicket> announce(BrowserCallRequest request);

  // What the token would open; nullopt: nothing, or nothing any more.
  std::optional<BrowserCall> find(std::string_view token) const;
  // The same, and the token is used up.
  std::optional<BrowserCall> open(std::string_view token);

  // The call in which the session is going on now, here: it is to be ended before begin().
  std::optional<std::string> running(const BrowserCall& call) const;
  // Its stream has started. Errc::permission_denied: the session goes on in another connection.
  Result<engine::CallAgent> begin(const BrowserCall& call);

  engine::CallObserver& observer();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// The reason in the call log of a connection that another one has replaced.
inline constexpr std::string_view kTakenUp = "taken up by another connection";

}  // namespace parley::control

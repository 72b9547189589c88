#include "control/browser_session.hpp"

#include <algorithm>

#include "control/browser_calls.hpp"
#include "engine/end_reason.hpp"

namespace parley::control {
namespace {

constexpr int kMostCalls = 10;

void append(const storage::TurnRecord& turn, std::vector<llm::Message>& said) {
  const bool unheard = turn.input_kind == "not_understood";
  const auto kind = unheard                     ? llm::InputKind::not_understood
                    : turn.input_kind == "dtmf" ? llm::InputKind::dtmf
                                                : llm::InputKind::speech;
  if (unheard || !turn.caller_text.empty()) said.push_back({llm::Role::caller, turn.caller_text, kind, {}});
  if (!turn.agent_heard.empty())
    said.push_back({llm::Role::agent, turn.agent_heard, llm::InputKind::speech, {}});
}

}  // namespace

bool was_broken_off(storage::CallStatus status, std::string_view reason) {
  using engine::EndReason;
  if (status == storage::CallStatus::interrupted) return true;
  return reason == to_string(EndReason::caller_hung_up) || reason == to_string(EndReason::stream_lost) ||
         reason == to_string(EndReason::protocol_error) || reason == kTakenUp;
}

std::vector<llm::Message> messages_of(const std::vector<storage::TurnRecord>& turns) {
  std::vector<llm::Message> said;
  for (const storage::TurnRecord& turn : turns)
    append(turn, said);
  return said;
}

std::optional<storage::CallSummary> newest_call(storage::CallStore& calls, const std::string& workspace,
                                                const std::string& session) {
  storage::CallFilter filter;
  filter.workspace = workspace;
  filter.session_id = session;
  filter.limit = 1;
  auto newest = calls.list_calls(filter);
  if (!newest || newest->empty()) return std::nullopt;
  return std::move(newest->front());
}

LoggedConversation logged_conversation(storage::CallStore& calls, const std::string& workspace,
                                       const std::string& session, storage::WallMillis now,
                                       std::chrono::milliseconds within) {
  storage::CallFilter filter;
  filter.workspace = workspace;
  filter.session_id = session;
  filter.limit = kMostCalls;
  auto newest_first = calls.list_calls(filter);
  LoggedConversation conversation;
  if (!newest_first || newest_first->empty()) return conversation;
  conversation.variables = newest_first->front().call.variables;
  storage::WallMillis next_began = now;
  std::vector<std::string> ids;
  for (const storage::CallSummary& call : *newest_first) {
    // One that goes on is another node's, or its end is on its way into the log.
    const bool over = storage::is_final(call.status);
    if (over && !was_broken_off(call.status, call.end.reason)) break;
    if (over && next_began - call.end.ended_at > within.count()) break;
    ids.push_back(call.call.id);
    next_began = call.call.started_at;
  }
  std::ranges::reverse(ids);
  for (const std::string& id : ids) {
    const auto call = calls.find_call(id, workspace);
    if (!call) continue;
    for (llm::Message& message : messages_of(call->turns))
      conversation.said.push_back(std::move(message));
  }
  return conversation;
}

}  // namespace parley::control

#include "control/chat_session.hpp"

#include <algorithm>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/ids.hpp"
#include "base/valid_text.hpp"
#include "control/agent_choice.hpp"
#include "control/workspace_settings.hpp"
#include "storage/redacting_call_store.hpp"
#include "vendor/json.hpp"

namespace parley::control {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostIdBytes = 128;
constexpr std::size_t kMostMetadataBytes = 4096;

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(
      text, [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f; });
}

Result<void> check_can_chat(const ReadyAgentPtr& agent) {
  if (agent->agent()->kind == agent::AgentKind::conversation) return {};
  return fail(Errc::invalid_argument,
              fmt::format("agent {} has no chat model: only agents of kind conversation can chat by text",
                          agent->agent()->name));
}

Result<storage::SessionRecord> begin_session(storage::ControlStore& store, const AgentDirectory& agents,
                                             const ChatInput& input, storage::WallMillis now) {
  const auto answerer = choose_agent(
      store, agents,
      {.workspace_id = input.workspace_id, .agent = input.agent, .draft = input.draft, .bundled = true});
  if (!answerer) return fail(answerer.error());
  if (auto able = check_can_chat(answerer->agent); !able) return fail(std::move(able.error()));
  storage::SessionRecord record{};
  record.id = input.session_id;
  record.workspace_id = input.workspace_id;
  record.channel = "chat";
  record.agent = answerer->agent->agent()->name;
  record.agent_version = answerer->agent->agent()->version;
  record.agent_text = answerer->agent_text;
  record.created_at = record.updated_at = now;
  return store.create_session(record);
}

Result<void> check_session(storage::ControlStore& store, const AgentDirectory& agents, const ChatInput& input,
                           const ChatOptions& options, const storage::SessionRecord& session,
                           storage::WallMillis now) {
  constexpr std::string_view kLeaveOut = "leave sessionId out, or give a new one, to begin another";
  if (session.channel == "phone")
    return fail(Errc::conflict, fmt::format("the session is a phone call's: {}", kLeaveOut));
  if (session.ended) return fail(Errc::conflict, fmt::format("the session has ended: {}", kLeaveOut));
  if (now - session.updated_at > options.idle_after.count()) {
    if (auto ended = store.end_session(session.workspace_id, session.id, now); !ended) return ended;
    return fail(
        Errc::conflict,
        fmt::format("the session has ended because nobody wrote for {} minutes: {}",
                    std::chrono::duration_cast<std::chrono::minutes>(options.idle_after).count(), kLeaveOut));
  }
  if (session.messages >= options.most_messages)
    return fail(Errc::conflict, fmt::format("the session has {} messages: {}", session.messages, kLeaveOut));
  if (is_agent_of(store, agents, session, input.agent)) return {};
  return fail(Errc::conflict, fmt::format("the session talks with agent {}: {}", session.agent, kLeaveOut));
}

json::object tool_to_json(const llm::ToolExchange& tool) {
  return {{"id", tool.call.id},
          {"name", tool.call.name},
          {"arguments", tool.call.arguments},
          {"opaque", tool.call.opaque},
          {"result", tool.result}};
}

std::vector<llm::ToolExchange> tools_of(std::string_view detail) {
  std::vector<llm::ToolExchange> tools;
  if (detail.empty()) return tools;
  const auto object = vendor::parse_json_object(detail);
  const json::array* array = object ? vendor::array_member(*object, "tools") : nullptr;
  if (array == nullptr) return tools;
  for (const json::value& value : *array) {
    const json::object* tool = value.if_object();
    if (tool == nullptr) continue;
    const auto text = [&](std::string_view name) { return std::string(vendor::string_member(*tool, name)); };
    tools.push_back({{text("id"), text("name"), text("arguments"), text("opaque")}, text("result")});
  }
  return tools;
}

std::string detail_of(const ChatTurnWords& words) {
  json::object detail;
  if (!words.tools.empty()) {
    json::array tools;
    for (const auto& tool : words.tools)
      tools.push_back(tool_to_json(tool));
    detail["tools"] = std::move(tools);
  }
  if (!words.actions.empty()) detail["actions"] = words.actions;
  if (words.interrupted) detail["interrupted"] = true;
  return detail.empty() ? std::string() : json::serialize(detail);
}

}  // namespace

Result<void> check_chat_input(const ChatInput& input, const ChatOptions& options) {
  const auto wrong = [](std::string message) { return fail(Errc::invalid_argument, std::move(message)); };
  if (input.session_id.size() > kMostIdBytes)
    return wrong(fmt::format("sessionId is longer than {} bytes", kMostIdBytes));
  if (has_control_characters(input.session_id) || valid_text(input.session_id) != input.session_id)
    return wrong("sessionId holds control characters or is not UTF-8");
  if (input.message.size() > options.most_message_bytes)
    return wrong(fmt::format("message is longer than {} bytes", options.most_message_bytes));
  if (valid_text(input.message) != input.message) return wrong("message is not UTF-8");
  if (input.metadata.empty()) return {};
  if (input.metadata.size() > kMostMetadataBytes)
    return wrong(fmt::format("metadata is longer than {} bytes", kMostMetadataBytes));
  if (!vendor::parse_json_object(input.metadata)) return wrong("metadata must be a JSON object");
  return {};
}

Result<LoadedChat> load_chat(storage::ControlStore& store, const AgentDirectory& agents,
                             const ChatInput& input, const ChatOptions& options, int known_messages,
                             storage::WallMillis now) {
  auto session = store.find_session(input.workspace_id, input.session_id);
  if (!session && session.error().code == Errc::not_found) session = begin_session(store, agents, input, now);
  if (!session) return fail(std::move(session.error()));
  if (auto fits = check_session(store, agents, input, options, *session, now); !fits)
    return fail(std::move(fits.error()));
  const bool begins = session->messages == 0;
  if (!begins && input.message.empty()) return fail(Errc::invalid_argument, "message is empty");

  const auto workspace = store.find_workspace(input.workspace_id);
  if (!workspace) return fail(workspace.error());
  const auto settings = parse_workspace_settings(workspace->settings);
  if (!settings) return fail(Errc::internal, "the workspace's settings: " + settings.error().message);

  LoadedChat loaded{std::move(*session), settings->redaction, nullptr, {}};
  if (loaded.session.messages == known_messages) return loaded;
  auto frozen = frozen_agent(agents, loaded.session);
  if (!frozen) return fail(std::move(frozen.error()));
  const ReadyAgentPtr& agent = frozen->agent;
  if (auto able = check_can_chat(agent); !able) return fail(std::move(able.error()));
  if (begins && input.message.empty() && agent->agent()->first_message.empty())
    return fail(Errc::invalid_argument, "message is empty, and the agent has no first message");
  loaded.agent = agent;
  if (begins) return loaded;
  const auto messages = store.list_messages(input.workspace_id, input.session_id);
  if (!messages) return fail(messages.error());
  append_history(*messages, loaded.history);
  return loaded;
}

std::vector<storage::ChatMessageRecord> records_of(const storage::SessionRecord& session,
                                                   const ChatTurnWords& words, storage::WallMillis now) {
  std::vector<storage::ChatMessageRecord> records;
  const auto add = [&](std::string role, std::string text, std::string detail) {
    const int number = session.messages + static_cast<int>(records.size()) + 1;
    records.push_back({session.workspace_id, session.id, number, std::move(role), valid_text(text),
                       std::move(detail), now});
  };
  if (!words.first_message.empty()) add("agent", words.first_message, "");
  if (!words.message.empty())
    add("user", words.message,
        words.metadata.empty() ? std::string() : fmt::format(R"({{"metadata":{}}})", words.metadata));
  if (words.answered) add("agent", words.reply, detail_of(words));
  return records;
}

void redact_records(std::vector<storage::ChatMessageRecord>& records, const storage::RedactionKinds& kinds) {
  if (!kinds.any()) return;
  for (auto& record : records) {
    record.text = storage::redact(record.text, kinds);
    if (!record.detail.empty()) record.detail = storage::redact_json(record.detail, kinds, false);
  }
}

Result<void> store_chat_turn(storage::ControlStore& store, const storage::SessionRecord& session,
                             const std::vector<storage::ChatMessageRecord>& records, bool ended,
                             storage::WallMillis now) {
  if (!records.empty()) {
    if (auto done = store.append_messages(session.workspace_id, session.id, records); !done) return done;
  }
  if (!ended) return {};
  return store.end_session(session.workspace_id, session.id, now);
}

void append_history(const std::vector<storage::ChatMessageRecord>& records,
                    std::vector<llm::Message>& history) {
  for (const auto& record : records) {
    if (record.role == "user") {
      history.push_back({llm::Role::caller, record.text, llm::InputKind::speech, {}});
    } else if (record.role == "agent") {
      auto tools = tools_of(record.detail);
      if (!tools.empty()) history.push_back({llm::Role::agent, "", llm::InputKind::speech, std::move(tools)});
      if (!record.text.empty())
        history.push_back({llm::Role::agent, record.text, llm::InputKind::speech, {}});
    }
  }
}

}  // namespace parley::control

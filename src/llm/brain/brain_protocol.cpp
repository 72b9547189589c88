#include "llm/brain/brain_protocol.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "base/text_value.hpp"
#include "vendor/json.hpp"

namespace parley::llm {
namespace {

namespace json = boost::json;
using vendor::Fault;
using vendor::VendorError;

constexpr std::size_t kMaxTextBytes = 64 * 1024;
constexpr std::size_t kMaxOthers = 64;
constexpr std::array<std::string_view, 5> kOurOptions = {"url", "key_env", "max_context_tokens",
                                                         "first_token_ms", "stall_ms"};

std::string_view name_of(InputKind kind) {
  switch (kind) {
    case InputKind::dtmf:
      return "dtmf";
    case InputKind::not_understood:
      return "not_understood";
    case InputKind::speech:
      break;
  }
  return "speech";
}

json::object entry_of(const Message& message) {
  if (message.role == Role::caller)
    return {{"role", "caller"}, {"kind", name_of(message.kind)}, {"text", message.text}};
  json::object entry{{"role", "agent"}, {"text", message.text}};
  if (message.tools.empty()) return entry;
  json::array tools;
  for (const auto& [call, result] : message.tools) {
    auto arguments = vendor::parse_json_object(call.arguments);
    tools.push_back(json::object{{"id", call.id},
                                 {"name", call.name},
                                 {"arguments", arguments ? std::move(*arguments) : json::object()},
                                 {"result", result}});
  }
  entry["tools"] = std::move(tools);
  return entry;
}

json::object input_of(const std::vector<Message>& history) {
  if (history.empty() || history.back().role == Role::agent) return {{"kind", "continue"}, {"text", ""}};
  return {{"kind", name_of(history.back().kind)}, {"text", history.back().text}};
}

Fault fault_of(std::string_view code) {
  constexpr std::array<std::pair<std::string_view, Fault>, 7> kCodes = {{
      {"bad_key", Fault::bad_key},
      {"no_credit", Fault::no_credit},
      {"rate_limited", Fault::rate_limited},
      {"unknown_model", Fault::unknown_model},
      {"bad_request", Fault::bad_request},
      {"overloaded", Fault::overloaded},
      {"timeout", Fault::timeout},
  }};
  const auto* found = std::ranges::find(kCodes, code, &std::pair<std::string_view, Fault>::first);
  // Its own failure is for us what a server's 500 is.
  return found == kCodes.end() ? Fault::overloaded : found->second;
}

}  // namespace

Result<BrainOptions> read_brain_options(const agent::ProviderChoice& choice) {
  BrainOptions options;
  const auto value_of = [&](const char* name) {
    const auto found = choice.options.find(name);
    return found == choice.options.end() ? std::string() : found->second;
  };
  options.url = value_of("url");
  options.key_env = value_of("key_env");
  if (const auto text = value_of("max_context_tokens"); !text.empty()) {
    const auto tokens = parse_integer(text);
    if (!tokens || *tokens < 256 || *tokens > 200'000)
      return fail(Errc::invalid_argument,
                  "option max_context_tokens must be a whole number from 256 to 200000");
    options.max_context_tokens = *tokens;
  }
  return options;
}

std::string brain_hello() {
  return R"({"type":"hello","version":1})";
}

std::string brain_ping() {
  return R"({"type":"ping"})";
}

std::string brain_cancel(std::uint64_t turn) {
  return fmt::format(R"({{"type":"cancel","turn":{}}})", turn);
}

std::string brain_turn(std::uint64_t turn, const ChatRequest& request, const std::vector<Message>& history) {
  json::object message{{"type", "turn"}, {"turn", turn}};
  if (!request.call_id.empty()) message["call"] = request.call_id;
  message["language"] = request.agent->language;
  json::object agent{{"name", request.agent->name}, {"version", request.agent->version}};
  if (!request.agent->prompt.empty()) agent["prompt"] = request.agent->prompt;
  message["agent"] = std::move(agent);
  message["model"] = request.choice.model;
  json::object options;
  for (const auto& [name, value] : request.choice.options) {
    if (std::ranges::find(kOurOptions, name) == kOurOptions.end()) options[name] = value;
  }
  message["options"] = std::move(options);
  message["input"] = input_of(history);
  json::array entries;
  for (const auto& entry : history)
    entries.push_back(entry_of(entry));
  message["history"] = std::move(entries);
  if (!request.tools.empty()) {
    json::array tools;
    for (const auto& tool : request.tools) {
      auto parameters = vendor::parse_json_object(tool.parameters);
      tools.push_back(json::object{{"name", tool.name},
                                   {"description", tool.description},
                                   {"parameters", parameters ? std::move(*parameters) : json::object()}});
    }
    message["tools"] = std::move(tools);
  }
  return vendor::to_text(message);
}

bool BrainTurnReader::take(std::string_view text, BrainStep& step) {
  const auto message = vendor::parse_json_object(text);
  if (!message) {
    step.error = error(Fault::protocol, "it sent something that is no JSON object");
    return true;
  }
  const auto type = vendor::string_member(*message, "type");
  if (type == "error" && vendor::member(*message, "turn") == nullptr) {
    step.error = told_error(*message);
    return true;
  }
  const bool known =
      type == "text" || type == "action" || type == "tool_call" || type == "end" || type == "error";
  if (!known) return false;
  const auto turn = vendor::integer_member(*message, "turn");
  if (!turn) {
    step.error = error(Fault::protocol, fmt::format("its message {} does not name its turn", type));
    return true;
  }
  if (std::cmp_not_equal(*turn, turn_)) return false;
  if (type == "text") {
    const auto* said = vendor::member(*message, "text");
    if (said == nullptr || !said->is_string()) {
      step.error = error(Fault::protocol, "its message text has no text");
      return true;
    }
    step.text = vendor::string_member(*message, "text");
    text_bytes_ += step.text.size();
    if (text_bytes_ > kMaxTextBytes) step.error = error(Fault::protocol, "the text of its turn has no end");
  } else if (type == "action") {
    take_action(*message, step);
  } else if (type == "tool_call") {
    take_call(*message, step);
  } else if (type == "end") {
    take_end(*message, step);
  } else {
    step.error = told_error(*message);
  }
  if (others_ > kMaxOthers)
    step.error = error(Fault::protocol, "it asks for too many actions and tools in one turn");
  return true;
}

void BrainTurnReader::take_action(const json::object& message, BrainStep& step) {
  ++others_;
  const auto action = vendor::string_member(message, "action");
  const auto text = [&](std::string_view name) { return std::string(vendor::string_member(message, name)); };
  if (action == "end_call")
    step.actions.emplace_back(EndCall{});
  else if (action == "transfer")
    step.actions.emplace_back(Escalate{text("reason")});
  else if (action == "stage")
    step.actions.emplace_back(StageChanged{text("stage")});
  else if (action == "slot")
    step.actions.emplace_back(SlotFilled{text("name"), vendor::text_member(message, "value")});
}

void BrainTurnReader::take_call(const json::object& message, BrainStep& step) {
  ToolCall call;
  call.name = vendor::string_member(message, "name");
  if (call.name.empty()) {
    step.error = error(Fault::protocol, "its tool_call has no name");
    return;
  }
  call.id = vendor::text_member(message, "id");
  if (call.id.empty()) call.id = fmt::format("call_{}", others_);
  ++others_;
  if (const auto* arguments = vendor::object_member(message, "arguments"))
    call.arguments = vendor::to_text(*arguments);
  else if (const auto written = vendor::string_member(message, "arguments"); !written.empty())
    call.arguments = written;
  else
    call.arguments = "{}";
  step.calls.push_back(std::move(call));
}

void BrainTurnReader::take_end(const json::object& message, BrainStep& step) {
  step.ended = true;
  const auto* said = vendor::object_member(message, "usage");
  if (said == nullptr) return;
  const auto count = [&](std::string_view name) {
    return std::max<std::int64_t>(vendor::integer_member(*said, name).value_or(0), 0);
  };
  vendor::Usage usage;
  usage.part = vendor::Part::llm;
  usage.vendor = account_.vendor;
  usage.model = vendor::string_member(*said, "model").substr(0, 128);
  if (usage.model.empty()) usage.model = model_;
  usage.input_tokens = count("input_tokens");
  usage.cached_input_tokens = std::min(count("cached_input_tokens"), usage.input_tokens);
  usage.output_tokens = count("output_tokens");
  step.usage = std::move(usage);
}

VendorError BrainTurnReader::error(Fault fault, std::string detail) const {
  VendorError told(fault, account_.vendor, std::move(detail));
  told.model = model_;
  told.key_setting = account_.key_setting;
  return told;
}

VendorError BrainTurnReader::told_error(const json::object& message) const {
  const auto code = vendor::string_member(message, "code");
  auto told =
      error(fault_of(code), vendor::clean_detail(vendor::string_member(message, "message"), account_.key));
  told.code = vendor::clean_detail(code, account_.key);
  if (told.detail.empty()) told.detail = "it says nothing more";
  if (const auto wait = vendor::integer_member(message, "retry_after_ms");
      wait && *wait >= 0 && *wait <= 3'600'000)
    told.retry_after = std::chrono::milliseconds(*wait);
  return told;
}

VendorError BrainTurnReader::refused(const net::ConnectError& refusal, WallTime now) const {
  if (!refusal.refused) {
    VendorError told(refusal.error);
    told.vendor = account_.vendor;
    told.model = model_;
    return told;
  }
  const auto& [status, headers, body] = *refusal.refused;
  auto told = error(vendor::fault_of_status(status), "it refused the connection");
  if (const auto object = vendor::parse_json_object(body)) {
    told = told_error(*object);
    if (told.code.empty()) told.fault = vendor::fault_of_status(status);
  }
  told.status = status;
  told.retry_after = vendor::parse_retry_after(net::find_header(headers, "retry-after-ms"),
                                               net::find_header(headers, "retry-after"), now);
  return told;
}

VendorError BrainTurnReader::closed(const net::CloseInfo& close) const {
  auto told = error(Fault::unreachable, "it closed the socket before the end of its turn");
  if (close.code == 1013) told.fault = Fault::overloaded;
  if (close.code == 1008) told.fault = Fault::bad_request;
  if (close.code == 1009 || close.code == 1002 || close.code == 1007) told.fault = Fault::protocol;
  told.status = close.code;
  if (!close.reason.empty()) told.detail += ": " + vendor::clean_detail(close.reason, account_.key);
  return told;
}

}  // namespace parley::llm

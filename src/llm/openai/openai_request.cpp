#include "llm/openai/openai_request.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "llm/prompt.hpp"
#include "vendor/json.hpp"
#include "vendor/option_reader.hpp"

namespace parley::llm {
namespace {

namespace json = boost::json;

// Some servers parse the arguments of earlier calls and refuse the whole request when a model wrote nonsense.
std::string sound_arguments(const std::string& arguments) {
  return vendor::parse_json_object(arguments) ? arguments : "{}";
}

json::object called_function(const ToolCall& call) {
  json::object function{{"name", call.name}, {"arguments", sound_arguments(call.arguments)}};
  json::object entry{{"id", call.id}, {"type", "function"}, {"function", std::move(function)}};
  constexpr std::string_view kOurs = "openai:";
  if (call.opaque.starts_with(kOurs)) {
    if (auto extra = vendor::parse_json_object(std::string_view(call.opaque).substr(kOurs.size())))
      entry["extra_content"] = std::move(*extra);
  }
  return entry;
}

void append_agent_entry(const Message& entry, json::array& messages) {
  json::object message{{"role", "assistant"}};
  if (entry.text.empty()) {
    if (entry.tools.empty()) return;
    message["content"] = nullptr;
  } else {
    message["content"] = entry.text;
  }
  if (!entry.tools.empty()) {
    json::array calls;
    for (const auto& exchange : entry.tools)
      calls.push_back(called_function(exchange.call));
    message["tool_calls"] = std::move(calls);
  }
  messages.push_back(std::move(message));
  for (const auto& [call, result] : entry.tools)
    messages.push_back(json::object{{"role", "tool"}, {"tool_call_id", call.id}, {"content", result}});
}

json::array conversation(const ChatRequest& request, const std::vector<Message>& history) {
  json::array messages;
  messages.push_back(json::object{{"role", "system"}, {"content", system_prompt(*request.agent)}});
  for (const auto& entry : history) {
    if (entry.role == Role::agent)
      append_agent_entry(entry, messages);
    else
      messages.push_back(json::object{{"role", "user"}, {"content", caller_text(entry)}});
  }
  if (goes_on(request)) messages.push_back(json::object{{"role", "user"}, {"content", kGoOn}});
  return messages;
}

json::array functions(const std::vector<ToolSpec>& tools) {
  json::array list;
  for (const auto& tool : tools) {
    json::object function{{"name", tool.name}, {"description", tool.description}};
    auto parameters = vendor::parse_json_object(tool.parameters);
    function["parameters"] = parameters ? std::move(*parameters)
                                        : json::object{{"type", "object"}, {"properties", json::object()}};
    list.push_back(json::object{{"type", "function"}, {"function", std::move(function)}});
  }
  return list;
}

template <class T>
void put(json::object& body, std::string_view name, const std::optional<T>& value) {
  if (value) body[name] = *value;
}
void put(json::object& body, std::string_view name, const std::string& value) {
  if (!value.empty()) body[name] = value;
}

// "a|b": up to four, as the vendor allows.
std::vector<std::string> split_stops(std::string_view text) {
  std::vector<std::string> stops;
  while (!text.empty()) {
    const auto bar = text.find('|');
    if (bar != 0) stops.emplace_back(text.substr(0, bar));
    if (bar == std::string_view::npos) break;
    text.remove_prefix(bar + 1);
  }
  return stops;
}

}  // namespace

Result<OpenAiOptions> read_openai_options(const agent::ProviderChoice& choice) {
  vendor::OptionReader reader(choice);
  OpenAiOptions options;
  options.temperature = reader.number("temperature", 0, 2);
  options.top_p = reader.number("top_p", 0, 1);
  options.frequency_penalty = reader.number("frequency_penalty", -2, 2);
  options.presence_penalty = reader.number("presence_penalty", -2, 2);
  options.max_tokens = reader.integer("max_tokens", 1, 1'000'000).value_or(0);
  const auto cap = reader.one_of("max_tokens_field", {"auto", "max_tokens", "max_completion_tokens"});
  if (cap == "max_tokens") options.cap_field = CapField::max_tokens;
  if (cap == "max_completion_tokens") options.cap_field = CapField::max_completion_tokens;
  options.parallel_tool_calls = reader.boolean("parallel_tool_calls");
  options.stream_options = reader.boolean("stream_options");
  options.seed = reader.integer("seed", INT64_MIN, INT64_MAX);
  options.reasoning_effort = reader.text("reasoning_effort");
  options.verbosity = reader.text("verbosity");
  options.service_tier = reader.text("service_tier");
  options.prompt_cache_key = reader.text("prompt_cache_key");
  options.api_version = reader.text("api_version");
  options.organization = reader.text("organization");
  options.project = reader.text("project");
  options.stop = split_stops(reader.text("stop"));
  options.base_url = reader.text("base_url");
  options.key_env = reader.text("key_env");
  options.max_context_tokens =
      reader.integer("max_context_tokens", 256, 10'000'000).value_or(options.max_context_tokens);
  if (auto sound = reader.finish(); !sound) return fail(std::move(sound.error()));
  if (options.stop.size() > 4) return fail(Errc::invalid_argument, "option stop has more than four texts");
  if (!options.base_url.empty() && !options.base_url.starts_with("http://") &&
      !options.base_url.starts_with("https://"))
    return fail(Errc::invalid_argument, "option base_url must begin with http:// or https://");
  return options;
}

std::string openai_address(const OpenAiFlavour& flavour, std::string_view base, std::string_view model,
                           const OpenAiOptions& options) {
  if (!flavour.azure) return fmt::format("{}/chat/completions", base);
  std::string version = options.api_version;
  std::string address(base);
  if (!base.ends_with("/openai/v1")) {
    if (base.find("/openai/deployments/") == std::string_view::npos)
      address += fmt::format("/openai/deployments/{}", net::url_encode(model));
    if (version.empty()) version = "2024-10-21";
  }
  address += "/chat/completions";
  if (!version.empty()) address += "?api-version=" + net::url_encode(version);
  return address;
}

net::HeaderList openai_headers(const OpenAiFlavour& flavour, const vendor::Account& account,
                               const OpenAiOptions& options) {
  net::HeaderList headers{{"Content-Type", "application/json"}, {"Accept", "text/event-stream"}};
  if (account.has_key()) {
    switch (flavour.auth) {
      case OpenAiFlavour::Auth::bearer:
        headers.emplace_back("Authorization", "Bearer " + account.key);
        break;
      case OpenAiFlavour::Auth::api_key_header:
        headers.emplace_back("api-key", account.key);
        break;
      case OpenAiFlavour::Auth::subscription_header:
        headers.emplace_back("api-subscription-key", account.key);
        break;
    }
  }
  if (!options.organization.empty()) headers.emplace_back("OpenAI-Organization", options.organization);
  if (!options.project.empty()) headers.emplace_back("OpenAI-Project", options.project);
  return headers;
}

std::string openai_body(const OpenAiFlavour& flavour, const OpenAiOptions& options, CapField cap,
                        const ChatRequest& request, const std::vector<Message>& history) {
  json::object body{
      {"model", request.choice.model}, {"messages", conversation(request, history)}, {"stream", true}};
  if (options.stream_options.value_or(flavour.stream_options))
    body["stream_options"] = json::object{{"include_usage", true}};
  if (!request.tools.empty()) {
    body["tools"] = functions(request.tools);
    put(body, "parallel_tool_calls", options.parallel_tool_calls);
  }
  put(body, "temperature", options.temperature);
  put(body, "top_p", options.top_p);
  put(body, "frequency_penalty", options.frequency_penalty);
  put(body, "presence_penalty", options.presence_penalty);
  if (options.max_tokens > 0) body[to_string(cap)] = options.max_tokens;
  put(body, "seed", options.seed);
  put(body, "reasoning_effort", options.reasoning_effort);
  put(body, "verbosity", options.verbosity);
  put(body, "service_tier", options.service_tier);
  put(body, "prompt_cache_key", options.prompt_cache_key);
  if (!options.stop.empty()) body["stop"] = json::array(options.stop.begin(), options.stop.end());
  return vendor::to_text(body);
}

}  // namespace parley::llm

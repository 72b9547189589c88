#include "llm/gemini/gemini_request.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "llm/prompt.hpp"
#include "net/http_client.hpp"
#include "vendor/json.hpp"
#include "vendor/option_reader.hpp"

namespace parley::llm {
namespace {

namespace json = boost::json;

json::object text_part(std::string_view text) {
  return {{"text", text}};
}

json::object call_part(const ToolCall& call) {
  auto arguments = vendor::parse_json_object(call.arguments);
  json::object function{{"name", call.name}, {"args", arguments ? std::move(*arguments) : json::object()}};
  if (!call.id.empty() && !call.id.starts_with(kGivenCallId)) function["id"] = call.id;
  json::object part{{"functionCall", std::move(function)}};
  const auto signature = std::string_view(call.opaque).substr(kGeminiOpaque.size());
  if (!signature.empty()) part["thoughtSignature"] = signature;
  return part;
}

json::object result_part(const ToolExchange& exchange) {
  auto result = vendor::parse_json_object(exchange.result);
  json::object response{
      {"name", exchange.call.name},
      {"response", result ? std::move(*result) : json::object{{"result", exchange.result}}}};
  if (!exchange.call.id.empty() && !exchange.call.id.starts_with(kGivenCallId))
    response["id"] = exchange.call.id;
  return {{"functionResponse", std::move(response)}};
}

// The model refuses calls without the signature it gave them; those of another vendor's model are told in
// words.
std::string told_exchange(const ToolExchange& exchange) {
  return fmt::format("[{} was called with {} and answered: {}]", exchange.call.name, exchange.call.arguments,
                     exchange.result);
}

void append_content(json::array& contents, std::string_view role, json::array parts) {
  if (!parts.empty()) contents.push_back(json::object{{"role", role}, {"parts", std::move(parts)}});
}

void append_agent_entry(const Message& entry, json::array& contents) {
  json::array said;
  json::array results;
  if (!entry.text.empty()) said.push_back(text_part(entry.text));
  for (const auto& exchange : entry.tools) {
    if (exchange.call.opaque.starts_with(kGeminiOpaque)) {
      said.push_back(call_part(exchange.call));
      results.push_back(result_part(exchange));
    } else {
      results.push_back(text_part(told_exchange(exchange)));
    }
  }
  append_content(contents, "model", std::move(said));
  append_content(contents, "user", std::move(results));
}

json::array conversation(const ChatRequest& request, const std::vector<Message>& history) {
  json::array contents;
  if (history.empty() || history.front().role == Role::agent)
    append_content(contents, "user", {text_part(kCallBegins)});
  for (const auto& entry : history) {
    if (entry.role == Role::agent)
      append_agent_entry(entry, contents);
    else
      append_content(contents, "user", {text_part(caller_text(entry))});
  }
  if (goes_on(request)) append_content(contents, "user", {text_part(kGoOn)});
  return contents;
}

json::array declarations(const std::vector<ToolSpec>& tools) {
  json::array functions;
  for (const auto& tool : tools) {
    json::object function{{"name", tool.name}, {"description", tool.description}};
    if (auto parameters = vendor::parse_json_object(tool.parameters))
      function["parametersJsonSchema"] = std::move(*parameters);
    functions.push_back(std::move(function));
  }
  json::array list;
  list.push_back(json::object{{"functionDeclarations", std::move(functions)}});
  return list;
}

// Generation 2.5 counts tokens of thought, later ones have levels; the big ones cannot stop thinking.
json::object least_thinking(std::string_view model) {
  const bool pro = model.find("pro") != std::string_view::npos;
  const auto generation = model.find("gemini-");
  if (generation == std::string_view::npos) return {};
  const auto version = model.substr(generation + 7);
  if (version.starts_with("2.5")) return {{"thinkingBudget", pro ? 128 : 0}};
  if (version.starts_with('1') || version.starts_with("2.0")) return {};
  const bool numbered = !version.empty() && version.front() >= '3' && version.front() <= '9';
  if (!numbered) return {};
  return {{"thinkingLevel", pro ? "LOW" : "MINIMAL"}};
}

json::array safety_settings(const std::string& threshold) {
  json::array settings;
  for (const auto* category : {"HARM_CATEGORY_HARASSMENT", "HARM_CATEGORY_HATE_SPEECH",
                               "HARM_CATEGORY_SEXUALLY_EXPLICIT", "HARM_CATEGORY_DANGEROUS_CONTENT"})
    settings.push_back(json::object{{"category", category}, {"threshold", threshold}});
  return settings;
}

json::object generation_config(const GeminiOptions& options, std::string_view model, Thinking thinking) {
  json::object config;
  if (options.temperature) config["temperature"] = *options.temperature;
  if (options.top_p) config["topP"] = *options.top_p;
  if (options.top_k) config["topK"] = *options.top_k;
  if (options.seed) config["seed"] = *options.seed;
  if (options.max_tokens > 0) config["maxOutputTokens"] = options.max_tokens;
  json::object thought;
  if (options.thinking_budget)
    thought["thinkingBudget"] = *options.thinking_budget;
  else if (!options.thinking_level.empty())
    thought["thinkingLevel"] = options.thinking_level;
  else if (thinking == Thinking::least)
    thought = least_thinking(model);
  if (!thought.empty()) config["thinkingConfig"] = std::move(thought);
  return config;
}

}  // namespace

Result<GeminiOptions> read_gemini_options(const agent::ProviderChoice& choice) {
  vendor::OptionReader reader(choice);
  GeminiOptions options;
  options.temperature = reader.number("temperature", 0, 2);
  options.top_p = reader.number("top_p", 0, 1);
  options.top_k = reader.integer("top_k", 1, 1000);
  options.seed = reader.integer("seed", INT32_MIN, INT32_MAX);
  options.max_tokens = reader.integer("max_tokens", 1, 1'000'000).value_or(0);
  options.thinking_budget = reader.integer("thinking_budget", -1, 100'000);
  options.thinking_level = reader.one_of("thinking_level", {"MINIMAL", "LOW", "MEDIUM", "HIGH"});
  options.safety = reader.one_of(
      "safety", {"OFF", "BLOCK_NONE", "BLOCK_ONLY_HIGH", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_LOW_AND_ABOVE"});
  options.base_url = reader.text("base_url");
  options.key_env = reader.text("key_env");
  options.max_context_tokens =
      reader.integer("max_context_tokens", 256, 10'000'000).value_or(options.max_context_tokens);
  if (auto sound = reader.finish(); !sound) return fail(std::move(sound.error()));
  if (!options.base_url.empty() && !options.base_url.starts_with("http://") &&
      !options.base_url.starts_with("https://"))
    return fail(Errc::invalid_argument, "option base_url must begin with http:// or https://");
  return options;
}

std::string gemini_address(std::string_view base, std::string_view model) {
  const auto scheme_end = base.find("://");
  const bool has_path =
      scheme_end != std::string_view::npos && base.find('/', scheme_end + 3) != std::string_view::npos;
  std::string_view folder = "models";
  for (const std::string_view known : {"models", "tunedModels"}) {
    if (!model.starts_with(known) || model.substr(known.size(), 1) != "/") continue;
    folder = known;
    model.remove_prefix(known.size() + 1);
    break;
  }
  return fmt::format("{}{}/{}/{}:streamGenerateContent?alt=sse", base, has_path ? "" : "/v1beta", folder,
                     net::url_encode(model));
}

std::string gemini_body(const GeminiOptions& options, const ChatRequest& request,
                        const std::vector<Message>& history, Thinking thinking) {
  json::object instruction{{"parts", json::array{text_part(system_prompt(*request.agent))}}};
  json::object body{{"systemInstruction", std::move(instruction)},
                    {"contents", conversation(request, history)}};
  if (auto config = generation_config(options, request.choice.model, thinking); !config.empty())
    body["generationConfig"] = std::move(config);
  if (!request.tools.empty()) body["tools"] = declarations(request.tools);
  if (!options.safety.empty()) body["safetySettings"] = safety_settings(options.safety);
  return vendor::to_text(body);
}

}  // namespace parley::llm

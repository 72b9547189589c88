#include "llm/gemini/gemini_stream.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include "llm/gemini/gemini_request.hpp"
#include "vendor/json.hpp"

namespace parley::llm {
namespace {

namespace json = boost::json;
using vendor::Fault;
using vendor::VendorError;

constexpr std::size_t kMaxArgumentBytes = 64 * 1024;

// "37s", "0.5s".
std::optional<std::chrono::milliseconds> delay_of(std::string_view text) {
  if (!text.ends_with('s')) return std::nullopt;
  text.remove_suffix(1);
  double seconds = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (ec != std::errc() || end != text.data() + text.size() || !(seconds >= 0 && seconds <= 3600))
    return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

struct Details {
  std::string reason;
  bool per_day = false;
  std::optional<std::chrono::milliseconds> retry_after;
};

Details read_details(const json::object& error) {
  Details details;
  const auto* list = vendor::array_member(error, "details");
  if (list == nullptr) return details;
  for (const auto& entry : *list) {
    if (!entry.is_object()) continue;
    const auto& detail = entry.get_object();
    if (const auto reason = vendor::string_member(detail, "reason"); !reason.empty()) details.reason = reason;
    if (const auto delay = delay_of(vendor::string_member(detail, "retryDelay"))) details.retry_after = delay;
    const auto* violations = vendor::array_member(detail, "violations");
    if (violations == nullptr) continue;
    details.per_day = details.per_day || std::ranges::any_of(*violations, [](const json::value& violation) {
                        return violation.is_object() &&
                               vendor::string_member(violation.get_object(), "quotaId").find("PerDay") !=
                                   std::string_view::npos;
                      });
  }
  return details;
}

bool mentions(std::string_view text, std::string_view words) {
  return std::ranges::search(text, words, [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b;
         }).begin() != text.end();
}

Fault fault_of(std::string_view status_name, std::string_view message, const Details& details, int status) {
  if (details.reason == "API_KEY_INVALID" || details.reason == "API_KEY_SERVICE_BLOCKED" ||
      mentions(message, "api key not valid") || mentions(message, "api key expired"))
    return Fault::bad_key;
  if (mentions(message, "location is not supported")) return Fault::region;
  if (mentions(message, "billing") && status_name == "FAILED_PRECONDITION") return Fault::no_credit;
  if (status_name == "FAILED_PRECONDITION") return Fault::region;
  if (status_name == "RESOURCE_EXHAUSTED") return details.per_day ? Fault::no_credit : Fault::rate_limited;
  if (status_name == "PERMISSION_DENIED" || status_name == "UNAUTHENTICATED") return Fault::bad_key;
  if (status_name == "NOT_FOUND") return Fault::unknown_model;
  if (status_name == "DEADLINE_EXCEEDED") return Fault::timeout;
  if (status_name == "UNAVAILABLE" || status_name == "INTERNAL") return Fault::overloaded;
  if (status_name == "INVALID_ARGUMENT") return Fault::bad_request;
  return vendor::fault_of_status(status);
}

VendorError read_error(const vendor::Account& account, std::string_view model, int status,
                       const json::object& error) {
  const auto code = vendor::integer_member(error, "code").value_or(0);
  if (status == 0 && code >= 400 && code < 600) status = static_cast<int>(code);
  const auto name = vendor::string_member(error, "status");
  const auto message = vendor::string_member(error, "message");
  const auto details = read_details(error);
  VendorError told(fault_of(name, message, details, status), account.vendor,
                   vendor::clean_detail(message, account.key));
  told.model = model;
  told.status = status;
  told.code =
      vendor::clean_detail(details.reason.empty() ? name : std::string_view(details.reason), account.key);
  told.key_setting = account.key_setting;
  told.retry_after = details.retry_after;
  if (told.detail.empty()) told.detail = "the answer says nothing more";
  return told;
}

}  // namespace

VendorError gemini_refusal(const vendor::Account& account, std::string_view model, int status,
                           std::string_view body) {
  auto parsed = vendor::parse_json(body);
  if (parsed && parsed->is_array() && !parsed->get_array().empty()) {
    json::value first = std::move(parsed->get_array().front());
    *parsed = std::move(first);
  }
  if (parsed && parsed->is_object()) {
    if (const auto* error = vendor::object_member(parsed->get_object(), "error"))
      return read_error(account, model, status, *error);
  }
  return read_error(account, model, status, json::object{{"message", body.substr(0, 300)}});
}

void GeminiStream::take(std::string_view data, StreamStep& step) {
  if (data.find_first_not_of(" \t\r\n") == std::string_view::npos || data == "[DONE]") return;
  const auto parsed = vendor::parse_json(data);
  if (!parsed || (!parsed->is_object() && !parsed->is_array())) {
    step.error = error(Fault::protocol, "an event of its stream is no JSON object", {});
    return;
  }
  if (parsed->is_object()) return take_chunk(parsed->get_object(), step);
  for (const auto& chunk : parsed->get_array()) {
    if (chunk.is_object() && !step.error) take_chunk(chunk.get_object(), step);
  }
}

void GeminiStream::take_chunk(const json::object& chunk, StreamStep& step) {
  if (const auto* told = vendor::object_member(chunk, "error")) {
    step.error = read_error(account_, model_, 0, *told);
    return;
  }
  seen_ = true;
  if (const auto* usage = vendor::object_member(chunk, "usageMetadata")) take_usage(*usage);
  if (const auto* feedback = vendor::object_member(chunk, "promptFeedback")) {
    if (const auto reason = vendor::string_member(*feedback, "blockReason"); !reason.empty()) {
      step.error = error(Fault::bad_request, "it refuses to answer this conversation", reason);
      return;
    }
  }
  const auto* candidates = vendor::array_member(chunk, "candidates");
  if (candidates == nullptr || candidates->empty() || !candidates->front().is_object() || ended_) return;
  const auto& candidate = candidates->front().get_object();
  if (const auto* content = vendor::object_member(candidate, "content")) {
    if (const auto* parts = vendor::array_member(*content, "parts")) {
      for (const auto& part : *parts) {
        if (part.is_object() && !step.error) take_part(part.get_object(), step);
      }
    }
  }
  const auto reason = vendor::string_member(candidate, "finishReason");
  if (!reason.empty() && !step.error) take_reason(reason, step);
}

void GeminiStream::take_part(const json::object& part, StreamStep& step) {
  if (vendor::bool_member(part, "thought")) return;
  const auto* said = vendor::member(part, "text");
  if (said != nullptr && !said->is_string() && !said->is_null()) {
    // Passed over it would be a word that the caller never hears.
    step.error = error(Fault::protocol, "text of its stream is no text", {});
    return;
  }
  if (const auto text = vendor::string_member(part, "text"); !text.empty()) {
    useful_ = true;
    step.text += text;
  }
  const auto* function = vendor::object_member(part, "functionCall");
  if (function == nullptr) return;
  ToolCall call;
  call.name = vendor::string_member(*function, "name");
  if (call.name.empty()) return;
  call.id = vendor::text_member(*function, "id");
  if (call.id.empty()) call.id = fmt::format("{}{}", kGivenCallId, calls_);
  const auto* arguments = vendor::object_member(*function, "args");
  call.arguments = arguments == nullptr ? "{}" : vendor::to_text(*arguments);
  call.opaque = std::string(kGeminiOpaque) + std::string(vendor::string_member(part, "thoughtSignature"));
  if (call.arguments.size() > kMaxArgumentBytes) {
    step.error = error(Fault::protocol, "the arguments of its tool call are too long", {});
    return;
  }
  useful_ = true;
  ++calls_;
  step.calls.push_back(std::move(call));
}

void GeminiStream::take_usage(const json::object& said) {
  const auto count = [&](std::string_view name) {
    return std::max<std::int64_t>(vendor::integer_member(said, name).value_or(0), 0);
  };
  vendor::Usage usage;
  usage.input_tokens = count("promptTokenCount") + count("toolUsePromptTokenCount");
  usage.cached_input_tokens = std::min(count("cachedContentTokenCount"), usage.input_tokens);
  usage.output_tokens = count("candidatesTokenCount") + count("thoughtsTokenCount");
  // Cumulative: the last chunk that counts is right.
  if (usage.input_tokens > 0 || usage.output_tokens > 0) usage_ = usage;
}

void GeminiStream::take_reason(std::string_view reason, StreamStep& step) {
  if (reason == "FINISH_REASON_UNSPECIFIED") return;
  ended_ = true;
  step.end = StreamStep::End::near;
  if (useful_ || reason == "STOP") return;
  if (reason == "MAX_TOKENS")
    step.error =
        error(Fault::bad_request,
              "the answer is empty: option max_tokens was used up by hidden thinking; raise it", reason);
  else if (reason == "MALFORMED_FUNCTION_CALL" || reason == "UNEXPECTED_TOOL_CALL" || reason == "OTHER")
    step.error = error(Fault::protocol, "the model could not finish its answer", reason);
  else
    step.error = error(Fault::bad_request, "it kept its answer back", reason);
}

void GeminiStream::finish(StreamStep& step) {
  if (ended_)
    step.end = StreamStep::End::now;
  else if (!seen_)
    step.error = error(Fault::protocol, "the answer is none of Gemini's; check the address", {});
  else
    step.error = error(Fault::unreachable, "the answer broke off: it has no finish reason", {});
}

VendorError GeminiStream::error(Fault fault, std::string detail, std::string_view code) const {
  VendorError told(fault, account_.vendor, std::move(detail));
  told.model = model_;
  told.code = vendor::clean_detail(code, account_.key);
  return told;
}

}  // namespace parley::llm

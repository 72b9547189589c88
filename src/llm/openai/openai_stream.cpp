#include "llm/openai/openai_stream.hpp"

#include <fmt/format.h>

#include "llm/openai/openai_error.hpp"
#include "llm/stream_reply.hpp"
#include "vendor/json.hpp"

namespace parley::llm {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxArgumentBytes = 64 * 1024;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

void OpenAiStream::take(std::string_view data, StreamStep& step) {
  if (is_blank(data)) return;
  if (data == "[DONE]") {
    seen_ = true;
    close(step);
    if (!step.error) step.end = StreamStep::End::now;
    return;
  }
  const auto parsed = vendor::parse_json(data);
  const json::object* event = parsed && parsed->is_object() ? &parsed->get_object() : nullptr;
  // An error in the middle may stand in an array of one.
  if (parsed && parsed->is_array() && !parsed->get_array().empty() && parsed->get_array().front().is_object())
    event = &parsed->get_array().front().get_object();
  if (event == nullptr) {
    step.error = protocol_error("an event of its stream is no JSON object");
    return;
  }
  const auto* error = vendor::member(*event, "error");
  const bool flat_error = vendor::string_member(*event, "object") == "error";
  if ((error != nullptr && !error->is_null()) || flat_error) {
    step.error = openai_stream_error(account_, model_, *event);
    return;
  }
  if (const auto* usage = vendor::object_member(*event, "usage")) take_usage(*usage);
  // Groq tells it in a place of its own.
  if (const auto* own = vendor::object_member(*event, "x_groq")) {
    if (const auto* usage = vendor::object_member(*own, "usage")) take_usage(*usage);
  }
  const auto* choices = vendor::array_member(*event, "choices");
  if (choices == nullptr) return;
  seen_ = true;
  for (const auto& choice : *choices) {
    if (choice.is_object() && vendor::integer_member(choice.get_object(), "index").value_or(0) == 0)
      take_choice(choice.get_object(), step);
    if (step.error) return;
  }
}

void OpenAiStream::take_choice(const json::object& choice, StreamStep& step) {
  if (closed_) return;
  if (const auto* delta = vendor::object_member(choice, "delta")) take_delta(*delta, step);
  // A server that does not stream answers with one object.
  else if (const auto* message = vendor::object_member(choice, "message"))
    take_delta(*message, step);
  if (step.error) return;
  if (const auto reason = vendor::string_member(choice, "finish_reason"); !reason.empty()) {
    finish_reason_ = reason;
    close(step);
  }
}

void OpenAiStream::take_delta(const json::object& delta, StreamStep& step) {
  // reasoning, reasoning_content and thinking are passed over: they are not for the caller.
  for (const auto* name : {"content", "refusal"}) {
    const auto* content = vendor::member(delta, name);
    if (content != nullptr && (content->is_number() || content->is_bool() || content->is_object())) {
      // Passed over it would be a word that the caller never hears.
      step.error = protocol_error(fmt::format("{} of its stream is no text", name));
      return;
    }
    const auto text = vendor::string_member(delta, name);
    if (text.empty()) continue;
    auto spoken = thoughts_.push(text);
    // The blank lines behind a thought.
    if (!spoke_ && is_blank(spoken)) continue;
    spoke_ = true;
    step.text += spoken;
  }
  const auto* pieces = vendor::array_member(delta, "tool_calls");
  if (pieces == nullptr) return;
  for (std::size_t i = 0; i < pieces->size() && !step.error; ++i) {
    if ((*pieces)[i].is_object()) take_call((*pieces)[i].get_object(), i, step);
  }
}

void OpenAiStream::take_call(const json::object& piece, std::size_t position, StreamStep& step) {
  const auto id = vendor::text_member(piece, "id");
  std::int64_t index = vendor::integer_member(piece, "index").value_or(static_cast<std::int64_t>(position));
  // Whole calls one after another, all without an index or all with the same one: another id is another call.
  if (const auto there = calls_.find(index); there != calls_.end() && !id.empty() && there->second.id != id)
    index = calls_.rbegin()->first + 1;
  if (calls_.size() >= kMaxReplyCalls && !calls_.contains(index)) {
    step.error = protocol_error("it asks for too many tool calls at once");
    return;
  }
  ToolCall& call = calls_[index];
  if (!id.empty()) call.id = id;
  if (const auto* function = vendor::object_member(piece, "function")) {
    if (call.name.empty()) call.name = vendor::string_member(*function, "name");
    // A few servers send the arguments as the object that they are.
    if (const auto* object = vendor::object_member(*function, "arguments"))
      call.arguments = vendor::to_text(*object);
    else
      call.arguments += vendor::string_member(*function, "arguments");
    argument_bytes_ += vendor::string_member(*function, "arguments").size();
  }
  if (const auto* extra = vendor::object_member(piece, "extra_content"))
    call.opaque = "openai:" + vendor::to_text(*extra);
  if (argument_bytes_ > kMaxArgumentBytes)
    step.error = protocol_error("the arguments of its tool calls have no end");
}

void OpenAiStream::take_usage(const json::object& said) {
  const auto input = vendor::integer_member(said, "prompt_tokens");
  const auto output = vendor::integer_member(said, "completion_tokens");
  if (!input && !output) return;
  vendor::Usage usage;
  usage.input_tokens = std::max<std::int64_t>(input.value_or(0), 0);
  usage.output_tokens = std::max<std::int64_t>(output.value_or(0), 0);
  if (const auto* details = vendor::object_member(said, "prompt_tokens_details"))
    usage.cached_input_tokens = vendor::integer_member(*details, "cached_tokens").value_or(0);
  usage.cached_input_tokens = std::clamp<std::int64_t>(usage.cached_input_tokens, 0, usage.input_tokens);
  usage_ = usage;
}

void OpenAiStream::close(StreamStep& step) {
  if (std::exchange(closed_, true)) return;
  auto rest = thoughts_.flush();
  if (!rest.empty()) spoke_ = true;
  step.text += rest;
  for (auto& [index, call] : calls_) {
    if (call.name.empty()) continue;
    // Servers that give no ids still want one back.
    if (call.id.empty()) call.id = fmt::format("call_{}", index);
    if (is_blank(call.arguments)) call.arguments = "{}";
    step.calls.push_back(std::move(call));
  }
  const bool nothing = !spoke_ && step.calls.empty();
  if (nothing && finish_reason_ == "length") {
    step.error = vendor::VendorError(
        vendor::Fault::bad_request, account_.vendor,
        "the answer is empty: option max_tokens was used up by hidden reasoning; raise it "
        "or lower reasoning_effort");
  } else if (nothing && finish_reason_ == "content_filter") {
    step.error = vendor::VendorError(vendor::Fault::bad_request, account_.vendor,
                                     "its content filter kept the answer back");
    step.error->code = finish_reason_;
  } else if (finish_reason_ == "error") {
    step.error =
        vendor::VendorError(vendor::Fault::overloaded, account_.vendor, "the answer broke off with an error");
  }
  if (step.error)
    step.error->model = model_;
  else if (step.end == StreamStep::End::no)
    step.end = StreamStep::End::near;
}

void OpenAiStream::finish(StreamStep& step) {
  if (!seen_) {
    step.error = protocol_error("the answer is no completion; check the address");
  } else if (!closed_) {
    step.error = vendor::VendorError(vendor::Fault::unreachable, account_.vendor,
                                     "the answer broke off: it has neither a finish reason nor [DONE]");
    step.error->model = model_;
  } else {
    step.end = StreamStep::End::now;
  }
}

vendor::VendorError OpenAiStream::protocol_error(std::string detail) const {
  vendor::VendorError error(vendor::Fault::protocol, account_.vendor, std::move(detail));
  error.model = model_;
  return error;
}

}  // namespace parley::llm

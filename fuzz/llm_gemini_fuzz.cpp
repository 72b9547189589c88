// Whatever Gemini, or whoever answers in its place, sends. The input's lines are the events of a stream, and
// the whole of it is the body of a refusal.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "llm/gemini/gemini_stream.hpp"

using namespace parley;
using namespace parley::llm;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const vendor::Account account{"gemini", "https://g.example", "AIza-secret-0001", "GEMINI_API_KEY"};
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  GeminiStream stream(account, "m");
  std::size_t spoken = 0;
  bool failed = false;
  for (std::string_view rest = text; !rest.empty() && !failed;) {
    StreamStep step;
    stream.take(rest.substr(0, rest.find('\n')), step);
    for (const auto& call : step.calls)
      check(!call.name.empty() && !call.id.empty() && call.opaque.starts_with("gemini:"));
    spoken += step.text.size();
    failed = step.error.has_value();
    const auto end = rest.find('\n');
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  check(spoken <= size);
  if (!failed) {
    StreamStep step;
    stream.finish(step);
    check(step.error.has_value() != (step.end == StreamStep::End::now));
  }
  if (const auto& usage = stream.usage())
    check(usage->input_tokens >= 0 && usage->output_tokens >= 0 &&
          usage->cached_input_tokens <= usage->input_tokens);

  const auto error = gemini_refusal(account, "m", size > 0 ? 400 + data[0] % 200 : 500, text);
  check(!error.detail.empty() && error.detail.size() <= 300 && !error.detail.contains("AIza-secret-0001"));
  check(!error.retry_after || error.retry_after->count() >= 0);
  return 0;
}

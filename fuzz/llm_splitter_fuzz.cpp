// The sentence splitter: however a text is cut into pieces, the sentences are the same and nothing but white
// space is lost. The first bytes choose the options and the cuts.
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "llm/sentence_splitter.hpp"

namespace {

using parley::llm::SentenceSplitter;
using parley::llm::SplitterOptions;

std::vector<std::string> split(std::string_view text, SplitterOptions options, std::size_t piece) {
  SentenceSplitter splitter(options);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    for (auto& sentence : splitter.push(text.substr(at, piece)))
      out.push_back(std::move(sentence));
  }
  for (auto& sentence : splitter.flush())
    out.push_back(std::move(sentence));
  return out;
}

std::string without_space(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') out += c;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const SplitterOptions options{
      .min_chars = data[0] % 32u, .max_chars = 8u + data[1], .first_clause_chars = data[2] % 32u};
  const std::string_view text(reinterpret_cast<const char*>(data) + 3, size - 3);
  const auto whole = split(text, options, text.size() + 1);
  if (split(text, options, 1) != whole || split(text, options, 1 + data[0] % 7u) != whole) std::abort();
  std::string together;
  for (const auto& sentence : whole) {
    if (without_space(sentence).empty()) std::abort();
    together += sentence;
  }
  if (without_space(together) != without_space(text)) std::abort();
  return 0;
}

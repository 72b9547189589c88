// The answer of a Chat Completions server, event by event, tolerant of what the compatible ones do
// differently: whole tool calls, no index, no id, no finish reason, usage anywhere or nowhere, thinking
// beside or inside the text, one whole object instead of a stream. No I/O.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "llm/stream_dialect.hpp"
#include "llm/thought_filter.hpp"
#include "vendor/account.hpp"

namespace parley::llm {

class OpenAiStream {
 public:
  // The account's key is kept out of errors.
  OpenAiStream(vendor::Account account, std::string model)
      : account_(std::move(account)), model_(std::move(model)) {}

  void take(std::string_view data, StreamStep& step);
  void finish(StreamStep& step);
  const std::optional<vendor::Usage>& usage() const { return usage_; }

 private:
  void take_choice(const boost::json::object& choice, StreamStep& step);
  void take_delta(const boost::json::object& delta, StreamStep& step);
  void take_call(const boost::json::object& piece, std::size_t position, StreamStep& step);
  void take_usage(const boost::json::object& usage);
  // Everything was said: what is still held back and the calls go out.
  void close(StreamStep& step);
  vendor::VendorError protocol_error(std::string detail) const;

  vendor::Account account_;
  std::string model_;
  ThoughtFilter thoughts_;
  std::map<std::int64_t, ToolCall> calls_;  // by their index
  std::size_t argument_bytes_ = 0;
  std::string finish_reason_;
  std::optional<vendor::Usage> usage_;
  bool spoke_ = false;
  bool seen_ = false;    // anything of a completion at all
  bool closed_ = false;  // close() was called
};

}  // namespace parley::llm

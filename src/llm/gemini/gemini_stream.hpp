// Gemini's answer, event by event, and its errors. No I/O.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "llm/stream_dialect.hpp"
#include "vendor/account.hpp"

namespace parley::llm {

// A status other than 2xx. A bad key is 400 there, and how long to wait stands in the body.
vendor::VendorError gemini_refusal(const vendor::Account& account, std::string_view model, int status,
                                   std::string_view body);

class GeminiStream {
 public:
  GeminiStream(vendor::Account account, std::string model)
      : account_(std::move(account)), model_(std::move(model)) {}

  // One chunk, or an array of them: the form without alt=sse.
  void take(std::string_view data, StreamStep& step);
  void finish(StreamStep& step);
  const std::optional<vendor::Usage>& usage() const { return usage_; }

 private:
  void take_chunk(const boost::json::object& chunk, StreamStep& step);
  void take_part(const boost::json::object& part, StreamStep& step);
  void take_usage(const boost::json::object& said);
  void take_reason(std::string_view reason, StreamStep& step);
  vendor::VendorError error(vendor::Fault fault, std::string detail, std::string_view code) const;

  vendor::Account account_;
  std::string model_;
  std::optional<vendor::Usage> usage_;
  std::size_t calls_ = 0;
  bool useful_ = false;  // text or a call came
  bool seen_ = false;    // a chunk came
  bool ended_ = false;   // with a finish reason
};

}  // namespace parley::llm

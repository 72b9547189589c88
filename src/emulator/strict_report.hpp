// What the server under test did wrong, call by call; each kind of fault once for a call, with its count.
//
// Thread: one.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>

#include "base/clock.hpp"
#include "caller/protocol_lint.hpp"

namespace parley::emulator {

struct Finding {
  WallTime at;
  std::string call_sid;  // empty: of no call
  std::string rule;      // a word for programs
  std::string text;      // a sentence for people
  bool advice = false;   // no fault: Exotel recommends otherwise
  int times = 1;
};

class StrictReport {
 public:
  using Sink = std::function<void(const Finding&)>;
  // `sink` gets each kind's first finding; may be empty.
  StrictReport(const Clock& clock, Sink sink) : clock_(clock), sink_(std::move(sink)) {}

  void add(std::string_view call_sid, std::string_view rule, std::string text, bool advice = false);
  void add(std::string_view call_sid, std::span<const caller::LintFinding> lint);

  int violations() const;
  const std::vector<Finding>& findings() const { return findings_; }
  boost::json::object to_json() const;
  void clear() { findings_.clear(); }

 private:
  const Clock& clock_;
  Sink sink_;
  std::vector<Finding> findings_;
};

}  // namespace parley::emulator

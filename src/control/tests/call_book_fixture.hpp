// Messages about calls, as the parts around the book hand them to it.
#pragma once

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/call_book.hpp"

namespace parley::control::book_test {

using namespace std::chrono_literals;
using storage::CallStatus;

inline constexpr std::string_view kCaller = "+919876500001";
inline constexpr std::string_view kOurs = "08047110000";

inline BookedCall call_between(std::string_view from, std::string_view to,
                               std::string_view direction = "inbound") {
  BookedCall call;
  call.workspace_id = "default";
  call.carrier = "exotel";
  call.direction = direction;
  call.from = from;
  call.to = to;
  return call;
}

inline CallTrace trace(std::string_view sid, std::string_view from = kCaller, std::string_view to = kOurs) {
  CallTrace made;
  made.carrier = "exotel";
  made.carrier_call_id = sid;
  made.from = from;
  made.to = to;
  return made;
}

inline CallTrace by_token(const std::string& token, std::string_view sid = "") {
  CallTrace made = trace(sid, "", "");
  made.token = token;
  return made;
}

inline CallTrace by_id(const std::string& id, std::string_view sid = "") {
  CallTrace made = trace(sid, "", "");
  made.call_id = id;
  return made;
}

struct CallBookTest : ::testing::Test {
  // As the parts around the book do it; each gives the id of the record it came to.
  std::string webhook(const CallTrace& of) {
    const auto call = book.match_or_expect(of, call_between(of.from, of.to));
    EXPECT_TRUE(call);
    return call ? call->call_id : "";
  }
  std::string status(const CallTrace& of, CallStatus what = CallStatus::ringing) {
    const std::string id = webhook(of);
    book.set_status(id, what);
    return id;
  }
  std::string stream(const CallTrace& of) {
    const auto call = book.begin_stream(of, call_between(of.from, of.to));
    EXPECT_TRUE(call) << (call ? "" : call.error().message);
    return call ? call->call_id : "";
  }
  Errc refused(const CallTrace& of) {
    const auto call = book.begin_stream(of, call_between(of.from, of.to));
    EXPECT_FALSE(call);
    return call ? Errc::internal : call.error().code;
  }

  ManualClock clock;
  CallBook book{clock};
};

}  // namespace parley::control::book_test

// What every part of the emulator shares, and the one way in which requests leave for the server under test:
// each stands in the call's journal with its answer and the time it took.
//
// Thread: the executor's. Lifetime: what Parts names outlives everybody who has a copy.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/task_group.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "caller/caller_voice.hpp"
#include "caller/exotel_caller_protocol.hpp"
#include "caller/frame_wheel.hpp"
#include "emulator/call_ledger.hpp"
#include "emulator/strict_report.hpp"
#include "emulator/world.hpp"
#include "net/http_client.hpp"

namespace parley::emulator {

struct Parts {
  async::Executor executor;
  const Clock& clock;
  const World& world;
  const caller::Voice& voice;
  CallLedger& ledger;
  StrictReport& report;
  caller::FrameWheel& frames;
  caller::CallerParser& parser;
  async::TaskGroup& calls;     // ended by hanging up, never cancelled: a call closes its socket itself
  async::TaskGroup& requests;  // may be cancelled at any time
  std::string base_url;        // of the emulator, without a slash at the end
  // Addresses that dynamic endpoints gave out, with the call they gave it to.
  std::map<std::string, std::string>& given_addresses;
  std::map<std::string, int>& open_streams;  // by account
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  Result<net::Response> response;
  milliseconds took{0};

  int status() const { return response ? response->status : 0; }
  std::string content_type() const;  // lower case, without parameters
  const std::string& body() const;
};

struct Question {
  std::string what;  // for the journal: "passthru", "connect" …
  std::string method = "GET";
  std::string url;
  net::HeaderList headers;
  std::string body;
  milliseconds deadline{15'000};
};

async::Task<Answer> ask(const Parts& parts, std::shared_ptr<EmulatedCall> call, Question question);

std::string encoded(const Pairs& pairs, bool raw_brackets = false);
std::string with_query(std::string_view url, const Pairs& pairs, bool raw_brackets = false);
// The address without user and password.
std::string without_credentials(std::string_view url);
milliseconds scaled(const World& world, milliseconds time);

}  // namespace parley::emulator

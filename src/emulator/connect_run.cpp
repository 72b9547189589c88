// The Connect applet: numbers of its own, or those a dynamic URL names, rung one after another or several at
// once.
#include <fmt/format.h>

#include "emulator/live_call.hpp"
#include "vendor/json.hpp"

namespace parley::emulator {
namespace {

constexpr milliseconds kDeadline{5000};
constexpr int kMostRounds = 5;
constexpr std::size_t kMostNumbers = 20;

}  // namespace

async::Task<Result<LiveCall::Targets>> LiveCall::ask_targets(std::string url) {
  Pairs pairs = applet_query();
  if (!call_->dial_status.empty()) pairs.emplace_back("DialCallStatus", call_->dial_status);
  Question question{.what = "connect",
                    .method = "GET",
                    .url = with_query(url, pairs),
                    .headers = {{"Exotel-Version", "1.0"}},
                    .body = {},
                    .deadline = kDeadline};
  const Answer answer = co_await ask(parts_, call_, std::move(question));
  const auto refuse = [&](std::string text) {
    parts_.report.add(call_->sid, "connect", text);
    return fail(Errc::protocol, std::move(text));
  };
  if (!answer.response) co_return refuse("the connect address was not answered within five seconds");
  if (answer.status() != 200)
    co_return refuse(fmt::format("the connect address answered {} in place of 200", answer.status()));
  if (answer.content_type() != "application/json")
    parts_.report.add(call_->sid, "content-type", "the connect address answers application/json");
  const auto body = vendor::parse_json_object(answer.body());
  const auto* destination = body ? vendor::object_member(*body, "destination") : nullptr;
  if (destination == nullptr)
    co_return refuse("the connect address did not answer {\"destination\":{\"numbers\":[…]}}");
  Targets targets;
  if (const auto* numbers = vendor::array_member(*destination, "numbers")) {
    for (const auto& number : *numbers) {
      if (number.is_string() && targets.numbers.size() < kMostNumbers)
        targets.numbers.emplace_back(number.get_string());
    }
  }
  if (const std::string_view trunk = vendor::string_member(*destination, "trunk"); !trunk.empty())
    targets.numbers.emplace_back(trunk);
  if (targets.numbers.empty()) co_return refuse("the connect address named nobody");
  if (const auto ringing = vendor::integer_member(*body, "max_ringing_duration"))
    targets.ringing = std::chrono::seconds(std::clamp<std::int64_t>(*ringing, 1, 600));
  if (const auto talking = vendor::integer_member(*body, "max_conversation_duration"))
    targets.talking = std::chrono::seconds(std::clamp<std::int64_t>(*talking, 1, 14'400));
  targets.again = vendor::bool_member(*body, "fetch_after_attempt");
  if (const auto* parallel = vendor::object_member(*body, "parallel_ringing");
      parallel != nullptr && vendor::bool_member(*parallel, "activate")) {
    const auto most = vendor::integer_member(*parallel, "max_parallel_attempts").value_or(1);
    targets.at_once = static_cast<std::size_t>(std::clamp<std::int64_t>(most, 1, kMostNumbers));
  }
  targets.event_url = vendor::text_member(*body, "dial_passthru_event_url");
  if (vendor::bool_member(*body, "record")) {
    call_->record = true;
    if (vendor::string_member(*body, "recording_channels") == "dual") call_->dual = true;
  }
  if (const auto* playback = vendor::object_member(*body, "start_call_playback"))
    targets.greeting = vendor::text_member(*playback, "value");
  co_return targets;
}

// Exotel asks for nothing here, it only tells; the address is one of the server under test.
async::Task<> LiveCall::tell_attempt(std::string url) {
  Question question{.what = "dial event",
                    .method = "GET",
                    .url = with_query(url, dial_query(), variants().raw_brackets),
                    .headers = {},
                    .body = {},
                    .deadline = kDeadline};
  const Answer answer = co_await ask(parts_, call_, std::move(question));
  if (answer.status() / 100 != 2) {
    parts_.report.add(call_->sid, "dial-event",
                      answer.response
                          ? fmt::format("the dial event was answered {} in place of 200", answer.status())
                          : "the dial event was not answered");
  }
}

// True when somebody picked up, after the conversation.
async::Task<bool> LiveCall::try_targets(Targets targets) {
  for (std::size_t first = 0; first < targets.numbers.size() && !gone_; first += targets.at_once) {
    std::vector<std::size_t> legs;
    for (std::size_t i = first; i < std::min(first + targets.at_once, targets.numbers.size()); ++i)
      legs.push_back(add_leg(targets.numbers[i]));
    const auto up = co_await ring_together(legs, targets.ringing);
    const Leg& told = call_->legs[up.value_or(legs.back())];
    call_->dial_whom = told.number;
    call_->dial_status = up ? "completed" : told.status;
    if (up) {
      if (!targets.greeting.empty()) co_await say(targets.greeting);
      co_await talk(*up, targets.talking);
    }
    if (!targets.event_url.empty()) co_await tell_attempt(targets.event_url);
    if (up) co_return true;
  }
  co_return false;
}

async::Task<LiveCall::Next> LiveCall::connect(const ConnectApplet& applet) {
  for (int round = 0; round < kMostRounds && !gone_; ++round) {
    Targets targets{.numbers = applet.numbers, .greeting = {}, .event_url = {}};
    if (!applet.url.empty()) {
      auto asked = co_await ask_targets(applet.url);
      if (!asked && !applet.fallback_url.empty()) asked = co_await ask_targets(applet.fallback_url);
      if (!asked) break;
      targets = *std::move(asked);
    }
    const bool again = targets.again;
    const bool talked = co_await try_targets(std::move(targets));
    if (talked && applet.answered.empty()) {
      if (call_->disconnected_by.empty()) call_->disconnected_by = "NA";
      co_return Next{.way = Next::Way::hang_up, .name = {}};
    }
    if (talked) co_return Next{.way = Next::Way::named, .name = applet.answered};
    if (!again) break;
  }
  co_return Next{.way = Next::Way::named, .name = applet.unanswered};
}

}  // namespace parley::emulator

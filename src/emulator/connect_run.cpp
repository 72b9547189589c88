// The Connect applet: numbers of its own, or those a dynamic URL names, rung one after another.
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
  if (vendor::bool_member(*body, "record")) call_->record = true;
  if (const auto* playback = vendor::object_member(*body, "start_call_playback"))
    targets.greeting = vendor::text_member(*playback, "value");
  co_return targets;
}

async::Task<LiveCall::Next> LiveCall::connect(const ConnectApplet& applet) {
  const Next unanswered{.way = Next::Way::named, .name = applet.unanswered};
  for (int round = 0; round < kMostRounds && !gone_; ++round) {
    Targets targets{.numbers = applet.numbers, .greeting = {}};
    if (!applet.url.empty()) {
      auto asked = co_await ask_targets(applet.url);
      if (!asked && !applet.fallback_url.empty()) asked = co_await ask_targets(applet.fallback_url);
      if (!asked) co_return unanswered;
      targets = *std::move(asked);
    }
    for (const std::string& number : targets.numbers) {
      if (gone_) co_return unanswered;
      call_->dial_whom = number;
      const std::size_t leg = add_leg(number);
      const Person& other = parts_.world.person(number);
      const bool up = co_await ring(leg, other, targets.ringing);
      call_->dial_status = up ? "completed" : call_->legs[leg].status;
      if (!up) continue;
      if (!targets.greeting.empty()) co_await say(targets.greeting);
      call_->note("connected", {{"number", number}, {"said", other.says}});
      co_await pass(std::min(other.talks_for, targets.talking));
      end_leg(leg, "completed");
      if (applet.answered.empty()) {
        if (call_->disconnected_by.empty()) call_->disconnected_by = "NA";
        co_return Next{.way = Next::Way::hang_up, .name = {}};
      }
      co_return Next{.way = Next::Way::named, .name = applet.answered};
    }
    if (!targets.again) break;
  }
  co_return unanswered;
}

}  // namespace parley::emulator

// The number whose answer URL is asked, as voice applications in the manner of Twilio have it: a webhook is
// posted, and what its XML says is done.
#include <fmt/format.h>

#include "caller/load.hpp"
#include "emulator/live_call.hpp"

namespace parley::emulator {
namespace {

constexpr milliseconds kDeadline{15'000};
constexpr int kMostAnswers = 20;

bool is_xml(std::string_view type) {
  return type == "application/xml" || type == "text/xml";
}

}  // namespace

async::Task<Result<XmlElement>> LiveCall::post_for_answer(std::string what, std::string url, Pairs fields) {
  Question question{.what = what,
                    .method = "POST",
                    .url = std::move(url),
                    .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                    .body = encoded(fields),
                    .deadline = kDeadline};
  const Answer answer = co_await ask(parts_, call_, std::move(question));
  const auto refuse = [&](std::string text) {
    parts_.report.add(call_->sid, what, text);
    return fail(Errc::protocol, std::move(text));
  };
  if (answer.status() != 200) {
    co_return refuse(answer.response
                         ? fmt::format("the {} was answered {} in place of 200", what, answer.status())
                         : fmt::format("the {} was not answered", what));
  }
  if (!is_xml(answer.content_type()))
    parts_.report.add(call_->sid, "content-type",
                      fmt::format("the answer to the {} is application/xml", what));
  auto root = read_xml(answer.body());
  if (!root) co_return refuse(root.error().message);
  if (root->name != "Response") co_return refuse("the XML's first element is <Response>");
  co_return root;
}

std::optional<StreamPlan> LiveCall::plan_of(const XmlElement& stream) const {
  StreamPlan plan;
  plan.url = stream.attribute("url");
  if (plan.url.empty()) return std::nullopt;
  for (const XmlElement& parameter : stream.children) {
    if (parameter.name == "Parameter")
      plan.parameters[parameter.attribute("name")] = parameter.attribute("value");
  }
  return plan;
}

async::Task<Result<XmlElement>> LiveCall::record_message(const XmlElement& record) {
  const std::string action = record.attribute("action");
  if (action.empty()) {
    parts_.report.add(call_->sid, "record", "<Record> has no action");
    co_return fail(Errc::protocol, "no action");
  }
  Sound sound = scripts_.message(person());
  const std::size_t seconds = sound.samples.size() / static_cast<std::size_t>(sound.sample_rate_hz);
  call_->note("caller said", {{"text", person().says}});
  const bool there = co_await pass(std::chrono::seconds(seconds));
  const std::string name = caller::make_carrier_id();
  call_->sounds[name] = std::move(sound);
  call_->recording_url = fmt::format("{}/recordings/{}.wav", parts_.base_url, name);
  const Variants& how = variants();
  co_return co_await post_for_answer("recording webhook", action,
                                     {{"CallSid", call_->sid},
                                      {"From", spelled(call_->from, how.e164)},
                                      {"To", spelled(call_->exophone, how.e164)},
                                      {"RecordingUrl", call_->recording_url},
                                      {"RecordingDuration", std::to_string(seconds)},
                                      {"Digits", there ? record.attribute("finishOnKey") : "hangup"}});
}

async::Task<LiveCall::Next> LiveCall::answer_by_url(const AnswerUrlApplet& applet) {
  const Variants& how = variants();
  Pairs fields{{"CallSid", call_->sid},
               {"AccountSid", call_->account},
               {"From", spelled(call_->from, how.e164)},
               {"To", spelled(call_->exophone, how.e164)},
               {"Direction", call_->direction == "inbound" ? "incoming" : "outbound-dial"},
               {"CallStatus", call_->status}};
  if (!call_->custom_field.empty()) fields.emplace_back("CustomField", call_->custom_field);
  auto answer = co_await post_for_answer("webhook", applet.url, std::move(fields));
  for (int answers = 1; answer && answers < kMostAnswers; ++answers) {
    Result<XmlElement> follow = fail(Errc::not_found, "");
    for (const XmlElement& verb : answer->children) {
      if (gone_) co_return Next{};
      if (verb.name == "Say") {
        co_await say(verb.text);
      } else if (verb.name == "Pause") {
        co_await pass(std::chrono::seconds(1));
      } else if (verb.name == "Connect" || verb.name == "Start") {
        const XmlElement* stream = verb.child("Stream");
        const auto plan = stream == nullptr ? std::nullopt : plan_of(*stream);
        if (!plan) {
          parts_.report.add(call_->sid, "xml", fmt::format("<{}> holds no <Stream url=…>", verb.name));
        } else if (verb.name == "Start") {
          parts_.calls.spawn(run_fork(shared_from_this(), *plan));
        } else {
          co_await run_stream(*plan, false);
        }
      } else if (verb.name == "Record") {
        follow = co_await record_message(verb);
        // What stands behind <Record> waits for the answer of its action, if that has one.
        if (follow && !follow->children.empty()) break;
      } else if (verb.name == "Hangup") {
        if (call_->disconnected_by.empty()) call_->disconnected_by = "bot";
        co_return Next{.way = Next::Way::hang_up, .name = {}};
      } else {
        parts_.report.add(call_->sid, "xml", fmt::format("Exotel knows no <{}>", verb.name));
      }
    }
    answer = std::move(follow);
  }
  co_return Next{};
}

}  // namespace parley::emulator

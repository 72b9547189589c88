// A flow, applet by applet.
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "emulator/live_call.hpp"
#include "vendor/json.hpp"

namespace parley::emulator {
namespace {

constexpr int kMostSteps = 100;  // of a flow that leads in a circle
constexpr milliseconds kPerCharacter{60};
constexpr milliseconds kPassthruLimit{2000};
constexpr milliseconds kAppletDeadline{5000};

Pairs stream_pairs(const LastStream& stream) {
  Pairs pairs{{"StreamSID", stream.sid},
              {"Status", stream.status},
              {"Duration", std::to_string(stream.seconds)},
              {"StreamUrl", stream.url},
              {"DisconnectedBy", stream.disconnected_by}};
  if (!stream.recording_url.empty()) pairs.emplace_back("RecordingUrl", stream.recording_url);
  if (!stream.error.empty()) pairs.emplace_back("Error", stream.error);
  if (!stream.detailed_status.empty()) pairs.emplace_back("DetailedStatus", stream.detailed_status);
  return pairs;
}

}  // namespace

// Of the requests that applets make; the dynamic endpoint's keys are among them.
Pairs LiveCall::applet_query() const {
  const Variants& how = variants();
  const bool outbound = call_->direction != "inbound";
  std::string from = spelled(call_->from, how.e164);
  std::string to = spelled(call_->exophone, how.e164);
  if (outbound && how.outbound_from_exophone) std::swap(from, to);
  const WallTime now = parts_.clock.wall_now();
  Pairs pairs{{"CallSid", call_->sid},
              {"CallFrom", from},
              {"CallTo", to},
              {"Direction", outbound ? "outbound-dial" : "incoming"},
              {"Created", ist_created(call_->created)},
              {"DialWhomNumber", call_->dial_whom},
              {"HangupLatencyStartTimeExocc", ""},
              {"HangupLatencyStartTime", ""},
              {"From", from},
              {"To", how.other_to.empty() ? to : how.other_to},
              {"CurrentTime", ist_time(now)}};
  if (!call_->flow_id.empty()) {
    pairs.emplace_back("flow_id", call_->flow_id);
    pairs.emplace_back("tenant_id", "1");
  }
  if (!call_->custom_field.empty()) pairs.emplace_back("CustomField", call_->custom_field);
  if (!call_->digits.empty())
    pairs.emplace_back("digits", how.quoted_digits ? fmt::format("\"{}\"", call_->digits) : call_->digits);
  return pairs;
}

void LiveCall::add_stream_keys(Pairs& pairs) const {
  if (!call_->stream) return;
  const Pairs stream = stream_pairs(*call_->stream);
  if (!variants().stream_json) {
    for (const auto& [key, value] : stream)
      pairs.emplace_back(fmt::format("Stream[{}]", key), value);
    return;
  }
  json::object whole;
  for (const auto& [key, value] : stream)
    whole[key] = value;
  pairs.emplace_back("Stream", json::serialize(whole));
}

async::Task<> LiveCall::run_flow() {
  const std::vector<Applet>& applets = plan_.flow->applets;
  std::size_t at = 0;
  for (int steps = 0; at < applets.size() && steps < kMostSteps; ++steps) {
    const Applet& applet = applets[at];
    // Exotel still tells the Passthru behind a stream that the caller has hung up.
    const bool last = gone_;
    if (last && !std::holds_alternative<PassthruApplet>(applet.what)) co_return;
    Next next = co_await carry_out(applet);
    if (last || next.way == Next::Way::hang_up) co_return;
    const std::string name = next.way == Next::Way::named ? next.name : applet.next;
    if (name.empty()) {
      ++at;
    } else {
      at = static_cast<std::size_t>(std::distance(
          applets.begin(), std::ranges::find_if(applets, [&](const Applet& a) { return a.name == name; })));
    }
  }
}

async::Task<LiveCall::Next> LiveCall::carry_out(const Applet& applet) {
  call_->note("applet", {{"name", applet.name}});
  if (const auto* greeting = std::get_if<GreetingApplet>(&applet.what)) co_return co_await greet(*greeting);
  if (const auto* bot = std::get_if<VoicebotApplet>(&applet.what)) {
    co_await run_stream({bot->url, bot->parameters, bot->sample_rate_hz, bot->record}, false);
    co_return Next{};
  }
  if (const auto* stream = std::get_if<StreamApplet>(&applet.what)) {
    if (stream->url.empty() && fork_ != nullptr) fork_->hang_up("stopped");
    if (!stream->url.empty()) {
      parts_.calls.spawn(
          run_fork(shared_from_this(), {stream->url, stream->parameters, stream->sample_rate_hz, false}));
    }
    co_return Next{};
  }
  if (const auto* passthru = std::get_if<PassthruApplet>(&applet.what))
    co_return co_await pass_through(*passthru);
  if (const auto* cases = std::get_if<SwitchCaseApplet>(&applet.what)) co_return choose(*cases);
  if (const auto* whom = std::get_if<ConnectApplet>(&applet.what)) co_return co_await connect(*whom);
  if (const auto* keys = std::get_if<GatherApplet>(&applet.what)) co_return co_await gather(*keys);
  if (const auto* by_url = std::get_if<AnswerUrlApplet>(&applet.what))
    co_return co_await answer_by_url(*by_url);
  if (call_->disconnected_by.empty()) call_->disconnected_by = "NA";
  co_return Next{.way = Next::Way::hang_up, .name = {}};
}

async::Task<> LiveCall::say(std::string text) {
  call_->note("platform said", {{"text", text}});
  co_await pass(kPerCharacter * static_cast<std::int64_t>(text.size()));
}

async::Task<LiveCall::Next> LiveCall::greet(const GreetingApplet& applet) {
  if (applet.url.empty()) {
    co_await say(applet.text);
    co_return Next{};
  }
  const std::string url = with_query(applet.url, applet_query());
  Question head{.what = "greeting",
                .method = "HEAD",
                .url = url,
                .headers = {},
                .body = {},
                .deadline = kAppletDeadline};
  const Answer first = co_await ask(parts_, call_, head);
  head.method = "GET";
  const Answer second = co_await ask(parts_, call_, head);
  const auto complain = [&](std::string text) { parts_.report.add(call_->sid, "greeting", std::move(text)); };
  if (first.status() != 200 || second.status() != 200) {
    complain(fmt::format("the greeting was answered {} to HEAD and {} to GET, in place of 200",
                         first.status(), second.status()));
    co_return Next{};
  }
  if (first.content_type() != second.content_type()) complain("HEAD and GET have different content types");
  if (second.content_type() != "text/plain") complain("a greeting is text/plain");
  const auto length = net::find_header(first.response->headers, "content-length");
  if (length && *length != std::to_string(second.body().size()))
    complain("HEAD tells another length than GET has");
  co_await say(second.body());
  co_return Next{};
}

// What a Passthru is told besides; of the leg of whoever was dialled, too.
Pairs LiveCall::dial_query() const {
  Pairs pairs = applet_query();
  pairs.emplace_back("CallStatus", gone_ ? "completed" : call_->status);
  pairs.emplace_back("CallType", gone_ ? "client-hangup" : "call-attempt");
  pairs.emplace_back("StartTime", ist_time(call_->started.value_or(call_->created)));
  pairs.emplace_back("EndTime", variants().epoch_end_time ? "1970-01-01 05:30:00" : "");
  pairs.emplace_back("DialCallStatus", call_->dial_status);
  pairs.emplace_back("OutgoingPhoneNumber", call_->exophone);
  if (!call_->recording_url.empty()) pairs.emplace_back("RecordingUrl", call_->recording_url);
  for (std::size_t i = 1; i < call_->legs.size(); ++i) {
    const std::string leg = fmt::format("Legs[{}]", i - 1);
    pairs.emplace_back(leg + "[Number]", call_->legs[i].number);
    pairs.emplace_back(leg + "[Type]", "single");
    pairs.emplace_back(leg + "[Cause]", call_->legs[i].status);
  }
  return pairs;
}

async::Task<LiveCall::Next> LiveCall::pass_through(const PassthruApplet& applet) {
  Pairs pairs = dial_query();
  add_stream_keys(pairs);
  Question question{.what = "passthru",
                    .method = "GET",
                    .url = with_query(applet.url, pairs, variants().raw_brackets),
                    .headers = {},
                    .body = {},
                    .deadline = kAppletDeadline};
  const Answer answer = co_await ask(parts_, call_, std::move(question));
  if (answer.took > kPassthruLimit)
    parts_.report.add(call_->sid, "passthru-slow", "the passthru took more than two seconds to answer");
  if (answer.status() != 200 && answer.status() != 302) {
    parts_.report.add(
        call_->sid, "passthru",
        answer.response ? fmt::format("the passthru was answered {} in place of 200 or 302", answer.status())
                        : "the passthru was not answered");
  }
  selected_.clear();
  if (answer.status() == 200 && answer.body().contains("select")) {
    if (const auto body = vendor::parse_json_object(answer.body())) {
      selected_ = vendor::string_member(*body, "select");
      if (answer.content_type() != "text/plain" && !selected_.empty())
        parts_.report.add(call_->sid, "content-type", "the answer for a SwitchCase is text/plain");
    }
  }
  co_return Next{.way = Next::Way::named, .name = answer.status() == 200 ? applet.on_200 : applet.on_302};
}

LiveCall::Next LiveCall::choose(const SwitchCaseApplet& applet) {
  const auto found = applet.cases.find(selected_);
  call_->note("case", {{"word", selected_}, {"known", found != applet.cases.end()}});
  if (found == applet.cases.end())
    parts_.report.add(call_->sid, "switch-case", fmt::format("no case has the word '{}'", selected_));
  return {.way = Next::Way::named, .name = found == applet.cases.end() ? applet.otherwise : found->second};
}

async::Task<LiveCall::Next> LiveCall::gather(const GatherApplet& applet) {
  std::string prompt = applet.prompt;
  std::size_t most = 1;
  if (!applet.url.empty()) {
    Question question{.what = "gather",
                      .method = "GET",
                      .url = with_query(applet.url, applet_query()),
                      .headers = {},
                      .body = {},
                      .deadline = kAppletDeadline};
    const Answer answer = co_await ask(parts_, call_, std::move(question));
    const auto body = vendor::parse_json_object(answer.body());
    if (answer.status() != 200 || !body) {
      parts_.report.add(call_->sid, "gather", "a gather's address answers 200 with a JSON object");
      co_return Next{};
    }
    if (const auto* spoken = vendor::object_member(*body, "gather_prompt"))
      prompt = vendor::text_member(*spoken, "text");
    most = static_cast<std::size_t>(
        std::max<std::int64_t>(1, vendor::integer_member(*body, "max_input_digits").value_or(1)));
  }
  co_await say(prompt);
  call_->digits = person().keys.substr(0, most);
  call_->note("caller pressed", {{"digits", call_->digits}});
  co_return Next{};
}

}  // namespace parley::emulator

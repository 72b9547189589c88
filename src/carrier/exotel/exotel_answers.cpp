#include "carrier/exotel/exotel_answers.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/valid_text.hpp"

namespace parley::carrier::exotel {

namespace json = boost::json;

WebAnswer connect_answer(const ConnectApplet& applet) {
  json::array numbers;
  for (const std::string& number : applet.numbers)
    numbers.emplace_back(valid_text(number));
  json::object answer{{"fetch_after_attempt", applet.ask_again},
                      {"destination", json::object{{"numbers", std::move(numbers)}}}};
  if (!applet.outgoing_number.empty()) answer["outgoing_phone_number"] = valid_text(applet.outgoing_number);
  answer["record"] = applet.record;
  if (applet.record) answer["recording_channels"] = applet.record_both_channels ? "dual" : "single";
  if (applet.ring.count() > 0) answer["max_ringing_duration"] = applet.ring.count();
  if (applet.conversation.count() > 0) answer["max_conversation_duration"] = applet.conversation.count();
  if (!applet.hold_music.empty())
    answer["music_on_hold"] = json::object{{"type", valid_text(applet.hold_music)}};
  if (!applet.announce.empty())
    answer["start_call_playback"] =
        json::object{{"playback_to", "callee"}, {"type", "text"}, {"value", valid_text(applet.announce)}};
  answer["parallel_ringing"] =
      json::object{{"activate", applet.parallel > 1}, {"max_parallel_attempts", applet.parallel}};
  if (!applet.passthru_url.empty()) answer["dial_passthru_event_url"] = valid_text(applet.passthru_url);
  return {.status = 200, .content_type = "application/json", .body = json::serialize(answer), .headers = {}};
}

ConnectApplet to_applet(const ConnectAnswer& answer) {
  ConnectApplet applet;
  applet.numbers = answer.to;
  applet.outgoing_number = answer.caller_id;
  applet.announce = answer.announce;
  applet.ring = answer.ring;
  return applet;
}

}  // namespace parley::carrier::exotel

// The emulator's REST interface, its errors, and what it reports of a server that does wrong.
#include "emulator/tests/server_under_test.hpp"

namespace parley::emulator {
namespace {

constexpr std::string_view kConnect = "/v1/Accounts/acme1/Calls/connect";

TEST_F(EmulatorTest, AnswersAsJsonAndAsXml) {
  const std::string order = "From=09800000003&CallerId=08000000000&" + straight();
  const net::Response as_json = ask("POST", std::string(kConnect) + ".json", order);
  EXPECT_EQ(net::find_header(as_json.headers, "content-type"), "application/json");
  EXPECT_TRUE(as_json.body.contains(R"("Status":"in-progress")")) << as_json.body;
  EXPECT_TRUE(as_json.body.contains(R"("EndTime":null)"));
  const net::Response as_xml = ask("POST", std::string(kConnect), order);
  EXPECT_EQ(net::find_header(as_xml.headers, "content-type"), "application/xml");
  EXPECT_TRUE(as_xml.body.contains("<TwilioResponse><Call><Sid>")) << as_xml.body;
  EXPECT_TRUE(as_xml.body.contains("<ParentCallSid/>"));
}

TEST_F(EmulatorTest, TakesAMultipartForm) {
  const net::FormBody form = net::make_form({{"From", "+919800000003", "", ""},
                                             {"CallerId", "08000000000", "", ""},
                                             {"StreamUrl", agent.address(), "", ""},
                                             {"StreamType", "bidirectional", "", ""}});
  EXPECT_EQ(ask("POST", std::string(kConnect), form.body, form.content_type).status, 200);
}

TEST_F(EmulatorTest, RefusesWithExotelsErrors) {
  const std::string good = "From=09800000003&CallerId=08000000000&" + straight();
  EXPECT_EQ(
      ask("POST", std::string(kConnect), good, "application/x-www-form-urlencoded", "key:wrong@").status,
      401);
  EXPECT_EQ(ask("POST", std::string(kConnect), good, "application/x-www-form-urlencoded", "").status, 401);
  EXPECT_EQ(ask("POST", "/v1/Accounts/poor1/Calls/connect.json", good).status, 402);
  EXPECT_EQ(ask("GET", "/v1/Accounts/acme1/Calls/unknown.json").status, 404);
  EXPECT_EQ(ask("POST", "/v1/Accounts/acme1/Calls/unknown", "Status=completed").status, 405);
  for (const std::string& bad : std::vector<std::string>{
           std::string("From=abc&CallerId=08000000000"), std::string("From=09800000003&CallerId=08099999999"),
           std::string("From=09800000003&CallerId=08000000000"), good + "&TimeLimit=99999",
           good + "&CustomField=" + std::string(129, 'x'), good + "&Record=maybe",
           "From=09800000003&CallerId=08000000000&StreamUrl=http%3A%2F%2Fx"}) {
    const net::Response refused = ask("POST", std::string(kConnect) + ".json", bad);
    EXPECT_EQ(refused.status, 400) << bad;
    EXPECT_TRUE(refused.body.starts_with(R"({"RestException":{"Status":400,"Message":")")) << refused.body;
  }
  EXPECT_EQ(ask("POST", std::string(kConnect), "{}", "application/json").status, 400);
}

TEST_F(EmulatorTest, LimitsTheRequestsOfAnAccount) {
  EXPECT_EQ(ask("GET", "/v1/Accounts/slow1/Calls.json").status, 200);
  EXPECT_EQ(ask("GET", "/v1/Accounts/slow1/Calls.json").status, 200);
  const net::Response refused = ask("GET", "/v1/Accounts/slow1/Calls.json");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(net::find_header(refused.headers, "retry-after"), "1");
}

TEST_F(EmulatorTest, ListsCallsByFilterAndPage) {
  std::vector<std::string> sids;
  for (int i = 0; i < 3; ++i)
    sids.push_back(place("+919800000002", straight()));
  ended(place("+919800000004", straight()));
  for (const std::string& sid : sids)
    ended(sid);
  const auto list = [this](std::string query) {
    return ask_json("GET", "/v1/Accounts/acme1/Calls.json?" + query);
  };
  EXPECT_EQ(list("From=%2B919800000002").at("Metadata").at("Total"), 3);
  EXPECT_EQ(list("Status=failed").at("Calls").as_array().size(), 1U);
  EXPECT_EQ(list("DateCreated=gte%3A2099-01-01").at("Metadata").at("Total"), 0);
  const json::object first = list("From=09800000002&PageSize=2");
  EXPECT_EQ(first.at("Calls").as_array().size(), 2U);
  EXPECT_EQ(first.at("Calls").as_array()[0].at("Sid").as_string(), sids[2]) << "newest first";
  const std::string next(first.at("Metadata").at("NextPageUri").as_string());
  EXPECT_TRUE(next.contains("After=" + sids[1]));
  EXPECT_EQ(list("From=09800000002&PageSize=2&After=" + sids[1]).at("Calls").as_array().size(), 1U);
  EXPECT_EQ(ask("GET", "/v1/Accounts/acme1/Calls.json?PageSize=1000").status, 400);
}

TEST_F(EmulatorTest, TellsOfStreamsNumbersAndTheNewerInterface) {
  EXPECT_TRUE(
      ask("GET", "/v1/Accounts/acme1/ActiveStreams").body.contains("<ThrottleLimit>100</ThrottleLimit>"));
  EXPECT_TRUE(ask("GET", "/v2_beta/Accounts/acme1/IncomingPhoneNumbers").body.contains("+918000000000"));
  EXPECT_EQ(ask("GET", "/v1/Accounts/acme1/Numbers/09800000001.json").status, 200);
  EXPECT_EQ(ask("GET", "/v2/accounts/acme1/incoming-phone-numbers/08000000000").status, 200);
  const std::string sid = place("+919800000002", straight());
  ended(sid);
  const json::object told = ask_json("GET", "/v3/accounts/acme1/calls/" + sid);
  EXPECT_EQ(told.at("response").at("call_details").at("state"), "terminal");
  EXPECT_EQ(told.at("response").at("call_details").at("status"), "from_leg_unanswered");
}

TEST_F(EmulatorTest, HangsUpOnlyLegsThatWereMadeAsLegs) {
  const std::string other = place("+919800000003", straight());
  EXPECT_EQ(
      ask("POST", "/v2/accounts/acme1/legs/" + other + "/actions/hangup", "{}", "application/json").status,
      404);
  const net::Response made =
      ask("POST", "/v2/accounts/acme1/legs", R"({"contact_uri":"+919800000001","exophone":"08000000000"})",
          "application/json");
  const std::string leg = text(json::parse(made.body).as_object(), "leg_sid");
  EXPECT_EQ(
      ask("POST", "/v2/accounts/acme1/legs/" + leg + "/actions/hangup", "{}", "application/json").status,
      200);
  EXPECT_TRUE(ended(leg).at("over").as_bool());
}

TEST_F(EmulatorTest, ALegThatWasMadeHereGetsAStreamWhenItIsTold) {
  const net::Response made =
      ask("POST", "/v2/accounts/acme1/legs", R"({"contact_uri":"+919800000001","exophone":"08000000000"})",
          "application/json");
  const std::string leg = text(json::parse(made.body).as_object(), "leg_sid");
  const std::string actions = "/v2/accounts/acme1/legs/" + leg + "/actions/";
  EXPECT_EQ(ask("POST", actions + "start_stream", "{}", "application/json").status, 400);
  EXPECT_EQ(ask("POST", actions + "start_say", "{}", "application/json").status, 404);
  EXPECT_EQ(ask("POST", actions + "start_stream",
                fmt::format(R"({{"direction":"bidirectional","url":"{}"}})", agent.address("ws", "/leg")),
                "application/json")
                .status,
            200);
  ASSERT_TRUE(agent.saw("upgrade /leg"));
  ASSERT_TRUE(agent.saw(fmt::format(R"("call_sid":"{}")", leg)));
  EXPECT_EQ(ask("POST", actions + "hangup", "{}", "application/json").status, 200);
  EXPECT_EQ(entries(ended(leg), "stream ended").size(), 1U);
}

TEST_F(EmulatorTest, PrivateRecordingsNeedTheAccountsCredentialsAndAreWav) {
  answers["/incoming"] = answer_of(
      200, "application/xml",
      fmt::format("<Response><Record action=\"{}\"/></Response>", agent.address("http", "/recorded")));
  const json::object call =
      ended(text(ask_json("POST", "/emulator/calls", R"({"from":"09800000001","to":"08000000008"})"), "sid"));
  const std::string path = text(call, "recordingUrl").substr(exotel->url().size());
  EXPECT_EQ(ask("GET", path, "", "", "").status, 401);
  EXPECT_EQ(ask("GET", path, "", "", "key:wrong@").status, 401);
  EXPECT_TRUE(ask("GET", path).body.starts_with("RIFF"));
  EXPECT_EQ(ask("GET", path.substr(0, path.rfind('.')) + ".mp3").status, 404);
  EXPECT_TRUE(report().contains("there are no others here"));
}

TEST_F(EmulatorTest, AnMp3ThatIsAskedForIsAdvisedAgainst) {
  ended(place("+919800000002", straight() + "&Record=true&RecordingFormat=mp3"));
  EXPECT_TRUE(report().starts_with(R"({"violations":0,)")) << report();
  EXPECT_TRUE(report().contains("recordings are WAV here")) << report();
  EXPECT_TRUE(place("+919800000002", straight() + "&RecordingFormat=ogg").contains("RestException"));
}

TEST_F(EmulatorTest, AnswersWrongWhenToldTo) {
  ask("POST", "/emulator/next",
      R"({"status":200,"contentType":"text/html","body":"<html>busy</html>","place":true})",
      "application/json");
  const net::Response odd =
      ask("POST", std::string(kConnect), "From=09800000002&CallerId=08000000000&" + straight());
  EXPECT_EQ(odd.body, "<html>busy</html>");
  EXPECT_EQ(ask_json("GET", "/emulator/calls").at("calls").as_array().size(), 1U) << "placed all the same";
}

TEST_F(EmulatorTest, ReportsWhatTheServerDoesWrong) {
  answers["/endpoint"] = answer_of(200, "text/plain", fmt::format(R"({{"url":"{}"}})", agent.address()));
  answers["/passthru"] = answer_of(404, "text/plain", "");
  answers["/greeting"] = answer_of(200, "text/html", "Welcome.");
  answers["/connect"] = answer_of(200, "application/json", R"({"numbers":[]})");
  ended(place("+919800000001", into_flow("bot") + "&Colour=red"));
  ended(place("+919800000001", into_flow("bot")));
  const std::string told = report();
  for (const std::string_view fault :
       {"in place of application/json", "gave two calls the same address", "the passthru was answered 404",
        "a greeting is text/plain", "did not answer {\\\"destination\\\"", "no parameter 'Colour'"})
    EXPECT_TRUE(told.contains(fault)) << fault << " in " << told;
  EXPECT_GE(exotel->violations(), 6);
  ask("POST", "/emulator/reset", "{}", "application/json");
  EXPECT_EQ(report(), R"({"violations":0,"findings":[]})");
}

struct BadAgentTest : EmulatorTest {
  BadAgentTest() : EmulatorTest({.greeting_ms = 400, .hang_up_after_media = 15, .piece_bytes = 1000}) {}
};

TEST_F(BadAgentTest, IsReportedForPiecesOfAnOddSize) {
  ended(place("+919800000001", straight()));
  EXPECT_TRUE(report().contains("320")) << report();
}

TEST(WorldFileTest, NamesLineAndFix) {
  const auto world = read_world(
      "accounts:\n  - {sid: a, api_key: k, api_token: t}\nphones:\n  - {number: \"080\", flow: "
      "nowhere}\nflows:\n"
      "  - id: f\n    applets:\n      - {name: x, voicebot: {url: \"ftp://x\"}, hangup: {}}\n"
      "people:\n  - {number: \"1\", script: [\"dance\"]}\n",
      "w.yaml", "http://127.0.0.1:1");
  ASSERT_FALSE(world);
  const std::string& message = world.error().message;
  for (const std::string_view part :
       {"w.yaml:4", "no flow has this id", "w.yaml:8", "exactly one of", "w.yaml:10"})
    EXPECT_TRUE(message.contains(part)) << part << " in " << message;
}

TEST(WorldFileTest, TheBundledWorldIsRight) {
  const auto world = read_world(default_world_text(), "bundled", "https://voice.example.com");
  ASSERT_TRUE(world) << world.error().message;
  const auto* bot = std::get_if<VoicebotApplet>(&world->flow("agent")->applets[0].what);
  ASSERT_NE(bot, nullptr);
  EXPECT_EQ(bot->url, "https://voice.example.com/api/v1/telephony/exotel/endpoint");
}

}  // namespace
}  // namespace parley::emulator

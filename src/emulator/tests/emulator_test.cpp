// Calls through the emulator, from the first request to the last callback, over real sockets.
#include "emulator/tests/server_under_test.hpp"

namespace parley::emulator {
namespace {

TEST_F(EmulatorTest, AnOutboundCallIsDialledStreamedAndReported) {
  const std::string sid =
      place("+919800000001", straight() + with_status() + "&CustomField=lead%207&Record=true");
  ASSERT_EQ(sid.size(), 32U) << sid;
  const json::object call = ended(sid);
  EXPECT_EQ(text(call, "status"), "completed");
  EXPECT_EQ(text(call, "disconnectedBy"), "bot");
  EXPECT_TRUE(agent.saw(fmt::format(R"("call_sid":"{}")", sid)));
  const auto streams = entries(call, "stream ended");
  ASSERT_EQ(streams.size(), 1U);
  EXPECT_EQ(text(streams[0], "status"), "completed");
  EXPECT_GT(streams[0].at("heardDb").to_number<double>(), -40.0) << "the agent's greeting was heard";
  EXPECT_TRUE(agent.saw("POST /status?"));
  const std::string wav = ask("GET", "/recordings/" + sid + ".wav").body;
  EXPECT_TRUE(wav.starts_with("RIFF"));
  EXPECT_GT(wav.size(), 3000U);
  const json::object told = ask_json("GET", "/v1/Accounts/acme1/Calls/" + sid + ".json?details=true");
  EXPECT_EQ(told.at("Call").at("Status"), "completed");
  EXPECT_EQ(told.at("Call").at("Details").at("Leg1Status"), "completed");
  EXPECT_EQ(told.at("Call").at("From"), "09800000001");
}

TEST_F(EmulatorTest, StatusCallbacksComeInEachContentType) {
  ended(place("+919800000001", straight() + with_status() + "&CustomField=7"));
  ended(place("+919800000001", straight() + with_status("application/json")));
  ended(place("+919800000002", straight() + with_status("application/x-www-form-urlencoded")));
  const auto told = bodies.to("/status", 5);
  ASSERT_EQ(told.size(), 5U);
  EXPECT_TRUE(told[0].starts_with("/status multipart/form-data; boundary="));
  EXPECT_NE(told[0].find("name=\"EventType\"\r\n\r\nanswered"), std::string::npos) << told[0];
  EXPECT_NE(told[0].find("name=\"Status\"\r\n\r\nin-progress"), std::string::npos);
  EXPECT_NE(told[0].find("name=\"CustomField\"\r\n\r\n7"), std::string::npos);
  EXPECT_NE(told[1].find("name=\"Legs[0][Status]\"\r\n\r\ncompleted"), std::string::npos) << told[1];
  EXPECT_TRUE(told[2].starts_with("/status application/json {\"EventType\":\"answered\""));
  EXPECT_NE(told[3].find(R"("Legs":[{"OnCallDuration":)"), std::string::npos);
}

struct FinalStatus {
  const char* number;
  const char* status;
};
struct EmulatorFinalStatusTest : EmulatorTest, ::testing::WithParamInterface<FinalStatus> {};

TEST_P(EmulatorFinalStatusTest, IsToldAsThePersonBehaves) {
  const std::string sid = place(GetParam().number, straight() + with_status());
  const json::object call = ended(sid);
  EXPECT_EQ(text(call, "status"), GetParam().status);
  EXPECT_TRUE(entries(call, "stream begins").empty()) << "nobody picked up";
  const auto told = bodies.to("/status", 1);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].find(fmt::format("\r\n\r\n{}\r\n", GetParam().status)), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(People, EmulatorFinalStatusTest,
                         ::testing::Values(FinalStatus{"+919800000002", "busy"},
                                           FinalStatus{"+919800000003", "no-answer"},
                                           FinalStatus{"+919800000004", "failed"}));

TEST_F(EmulatorTest, AFlowGreetsTalksAsksAndConnects) {
  const std::string sid = place("+919800000001", into_flow("bot") + with_status() + "&CustomField=abc");
  const json::object call = ended(sid);
  EXPECT_EQ(text(call, "status"), "completed");
  const auto greetings = entries(call, "greeting");
  ASSERT_EQ(greetings.size(), 2U);
  EXPECT_EQ(text(greetings[0], "method"), "HEAD");
  EXPECT_TRUE(agent.saw("GET /greeting?CallSid=" + sid));
  EXPECT_TRUE(agent.saw("GET /endpoint?CallSid=" + sid + "&CallFrom=09800000001&CallTo=08000000000"));
  EXPECT_TRUE(agent.saw("&CustomField=abc"));
  EXPECT_TRUE(agent.saw("upgrade /t1?")) << "without its query";
  EXPECT_TRUE(agent.saw(R"("custom_parameters":{"campaign":"7","lead":"5"})"));
  EXPECT_TRUE(agent.saw("Stream%5BStatus%5D=completed"));
  EXPECT_TRUE(agent.saw("Stream%5BDisconnectedBy%5D=bot"));
  EXPECT_TRUE(agent.saw("GET /connect?"));
  const json::array& legs = call.at("legs").as_array();
  ASSERT_EQ(legs.size(), 3U);
  EXPECT_EQ(legs[1].at("status"), "no-answer");
  EXPECT_EQ(legs[2].at("status"), "completed");
  EXPECT_EQ(report(), R"({"violations":0,"findings":[]})");
}

TEST_F(EmulatorTest, AnIncomingCallRingsTheServer) {
  const json::object begun =
      ask_json("POST", "/emulator/calls", R"({"from":"+919800000008","to":"+918000000000"})");
  const json::object call = ended(text(begun, "sid"));
  EXPECT_EQ(text(call, "direction"), "inbound");
  EXPECT_TRUE(agent.saw("&Direction=incoming"));
  EXPECT_TRUE(agent.saw(R"("event":"dtmf")"));
  EXPECT_EQ(text(entries(call, "stream ended").at(0), "disconnectedBy"), "user");
  EXPECT_TRUE(agent.saw("Stream%5BStatus%5D=cancelled")) << "the passthru is told though the caller has gone";
  EXPECT_TRUE(entries(call, "connect").empty());
  const auto told = bodies.to("/status", 1);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].find("EventType"), std::string::npos) << "the short form";
}

TEST_F(EmulatorTest, AnAnswerUrlSpeaksRecordsAndIsToldOfTheRecording) {
  answers["/incoming"] = answer_of(
      200, "application/xml",
      fmt::format("<?xml version=\"1.0\"?>\n<Response><Say voice=\"a\">Hello &amp; welcome</Say>"
                  "<Record action=\"{}\" method=\"POST\" maxLength=\"60\" finishOnKey=\"#\"/></Response>",
                  agent.address("http", "/recorded")));
  answers["/recorded"] =
      answer_of(200, "application/xml", "<Response><Say>Thank you</Say><Hangup/></Response>");
  const json::object begun =
      ask_json("POST", "/emulator/calls", R"({"from":"09800000001","to":"08000000001"})");
  const json::object call = ended(text(begun, "sid"));
  const auto said = entries(call, "platform said");
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(text(said[0], "text"), "Hello & welcome");
  ASSERT_EQ(bodies.to("/recorded").size(), 1U);
  const std::string url = text(call, "recordingUrl");
  ASSERT_TRUE(url.starts_with(exotel->url()));
  EXPECT_TRUE(ask("GET", url.substr(exotel->url().size())).body.starts_with("RIFF"));
}

TEST_F(EmulatorTest, AnAnswerUrlConnectsAStreamWithItsParameters) {
  answers["/incoming"] = answer_of(
      200, "text/xml",
      fmt::format(
          "<Response><Connect><Stream url=\"{}\"><Parameter name=\"sessionId\" value=\"s1\"/></Stream>"
          "</Connect></Response>",
          agent.address()));
  ended(text(ask_json("POST", "/emulator/calls", R"({"from":"09800000001","to":"08000000001"})"), "sid"));
  EXPECT_TRUE(agent.saw(R"("custom_parameters":{"sessionId":"s1"})"));
}

TEST_F(EmulatorTest, KeysAndWordsLeadThroughAMenu) {
  const json::object call =
      ended(text(ask_json("POST", "/emulator/calls", R"({"from":"09800000007","to":"08000000003"})"), "sid"));
  EXPECT_TRUE(agent.saw("digits=%228%22")) << "in quotes";
  const json::array& legs = call.at("legs").as_array();
  ASSERT_EQ(legs.size(), 3U);
  EXPECT_EQ(legs[1].at("status"), "busy");
  EXPECT_EQ(legs[2].at("status"), "completed");
}

TEST_F(EmulatorTest, SpeaksInOtherSpellings) {
  ended(text(ask_json("POST", "/emulator/calls", R"({"from":"09800000001","to":"08000000004"})"), "sid"));
  EXPECT_TRUE(agent.saw(R"("streamSid":")"));
  EXPECT_TRUE(agent.saw("CallTo=%2B918000000004"));
  EXPECT_TRUE(agent.saw("&To=09513886363"));
  EXPECT_TRUE(agent.saw("&Stream=%7B%22StreamSID%22"));
}

TEST_F(EmulatorTest, AMachineAnswersAndIsToldAsOne) {
  const std::string sid = place("+919800000005", straight());
  ended(sid);
  EXPECT_EQ(ask_json("GET", "/v1/Accounts/acme1/Calls/" + sid + ".json").at("Call").at("AnsweredBy"),
            "machine");
}

TEST_F(EmulatorTest, ConnectsTwoNumbers) {
  const std::string sid = place("+919800000001", "To=%2B919800000009" + with_status());
  const json::object call = ended(sid);
  EXPECT_EQ(call.at("legs").as_array().size(), 2U);
  EXPECT_EQ(text(call, "status"), "completed");
}

// Every sample of a channel, made positive.
std::int64_t loudness(std::string_view wav, std::size_t channel) {
  std::int64_t sum = 0;
  for (std::size_t at = 44 + 2 * channel; at + 1 < wav.size(); at += 4) {
    const auto low = static_cast<unsigned char>(wav[at]);
    const auto high = static_cast<unsigned char>(wav[at + 1]);
    sum += std::abs(static_cast<std::int16_t>(low | (high << 8)));
  }
  return sum;
}

TEST_F(EmulatorTest, ARecordedCallBetweenTwoNumbersHoldsBothSides) {
  const json::object call =
      ended(place("+919800000001", "To=%2B919800000009&Record=true&RecordingChannels=dual"));
  EXPECT_EQ(entries(call, "connected").size(), 1U);
  const std::string url = text(call, "recordingUrl");
  ASSERT_TRUE(url.starts_with(exotel->url())) << url;
  const std::string wav = ask("GET", url.substr(exotel->url().size())).body;
  ASSERT_TRUE(wav.starts_with("RIFF"));
  EXPECT_EQ(wav[22], 2) << "two channels";
  EXPECT_GT(loudness(wav, 0), 0);
  EXPECT_GT(loudness(wav, 1), 0);
}

TEST_F(EmulatorTest, SeveralNumbersRingAtOnceAndTheOthersAreCanceled) {
  // Nobody behind 3 answers, 2 is busy, 9 picks up after a second, 1 a moment later.
  answers["/connect"] = answer_of(
      200, "application/json",
      fmt::format(R"({{"destination":{{"numbers":["+919800000003","+919800000002","+919800000009",)"
                  R"("+919800000015"]}},"parallel_ringing":{{"activate":true,"max_parallel_attempts":3}},)"
                  R"("max_ringing_duration":5,"dial_passthru_event_url":"{}"}})",
                  agent.address("http", "/dialled")));
  const json::object call = ended(place("+919800000001", into_flow("bot")));
  const json::array& legs = call.at("legs").as_array();
  ASSERT_EQ(legs.size(), 4U) << "the fourth number was not rung: three are tried at once";
  EXPECT_EQ(legs[1].at("status"), "canceled");
  EXPECT_EQ(legs[2].at("status"), "busy");
  EXPECT_EQ(legs[3].at("status"), "completed");
  ASSERT_EQ(bodies.to("/dialled", 1).size(), 1U);
  EXPECT_TRUE(agent.saw("GET /dialled?CallSid="));
  EXPECT_TRUE(agent.saw("&DialWhomNumber=%2B919800000009"));
  EXPECT_TRUE(agent.saw("&DialCallStatus=completed"));
  EXPECT_EQ(report(), R"({"violations":0,"findings":[]})");
}

TEST_F(EmulatorTest, ADialEventComesForEveryAttemptAndWantsAnAnswer) {
  answers["/connect"] =
      answer_of(200, "application/json",
                fmt::format(R"({{"destination":{{"numbers":["+919800000002","+919800000004"]}},)"
                            R"("dial_passthru_event_url":"{}"}})",
                            agent.address("http", "/dialled")));
  answers["/dialled"] = answer_of(500, "text/plain", "");
  const json::object call = ended(place("+919800000001", into_flow("bot")));
  const auto told = entries(call, "dial event");
  EXPECT_EQ(told.size(), 2U) << "one after another, without parallel_ringing";
  EXPECT_TRUE(agent.saw("&DialCallStatus=busy"));
  EXPECT_TRUE(agent.saw("&DialCallStatus=failed"));
  EXPECT_TRUE(report().contains("the dial event was answered 500"));
}

TEST_F(EmulatorTest, AnAddressSaysWhatIsAskedAndHowManyKeysAreTaken) {
  answers["/gather"] =
      answer_of(200, "application/json",
                R"({"gather_prompt":{"text":"Key in your PIN."},"max_input_digits":3,"finish_on_key":"#"})");
  const json::object call =
      ended(text(ask_json("POST", "/emulator/calls", R"({"from":"09800000007","to":"08000000007"})"), "sid"));
  EXPECT_TRUE(agent.saw("GET /gather?CallSid="));
  EXPECT_EQ(text(entries(call, "platform said").at(0), "text"), "Key in your PIN.");
  EXPECT_EQ(text(entries(call, "caller pressed").at(0), "digits"), "812");
  EXPECT_TRUE(agent.saw("digits=%22812%22"));
}

TEST_F(EmulatorTest, CallbacksComeOutOfOrderTwiceLateOrNever) {
  const std::string muddled = place("+919800000011", straight() + with_status("application/json"));
  ended(muddled);
  const std::string doubled = place("+919800000012", straight() + with_status("application/json"));
  ended(doubled);
  const std::string silent = place("+919800000013", straight() + with_status());
  EXPECT_EQ(entries(ended(silent), "status callback withheld").size(), 2U);
  const auto told = bodies.to("/status", 6);
  std::vector<std::string> of_first;
  std::size_t of_second = 0;
  for (const std::string& body : told) {
    if (body.contains(muddled)) of_first.push_back(body);
    of_second += body.contains(doubled) ? 1 : 0;
    EXPECT_FALSE(body.contains(silent));
  }
  ASSERT_EQ(of_first.size(), 2U);
  EXPECT_TRUE(of_first[0].contains(R"("EventType":"terminal")"));
  EXPECT_TRUE(of_first[1].contains(R"("EventType":"answered")"));
  EXPECT_EQ(of_second, 4U);
}

TEST_F(EmulatorTest, LateCallbacksComeWhenTheCallIsLongOver) {
  const auto begun = std::chrono::steady_clock::now();
  ended(place("+919800000014", straight() + with_status("application/json")));
  const auto told = bodies.to("/status", 2);
  // Two minutes, a hundred times as fast.
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(1200));
  ASSERT_EQ(told.size(), 2U);
  EXPECT_TRUE(told[0].contains(R"("EventType":"answered")"));
  EXPECT_TRUE(told[1].contains(R"("EventType":"terminal")"));
}

TEST_F(EmulatorTest, ACallbackThatIsRefusedComesTwiceMore) {
  answers["/status"] = answer_of(500, "text/plain", "");
  const std::string sid = place("+919800000002", straight() + with_status());
  ended(sid);
  EXPECT_EQ(bodies.to("/status", 3).size(), 3U);
  EXPECT_TRUE(report().contains("the status callback was answered 500"));
}

TEST_F(EmulatorTest, APersonHangsUpInTheMiddle) {
  const json::object begun =
      ask_json("POST", "/emulator/calls", R"({"from":"09800000006","to":"08000000004"})");
  const json::object call = ended(text(begun, "sid"));
  EXPECT_EQ(text(entries(call, "stream ended").at(0), "disconnectedBy"), "user");
  EXPECT_EQ(text(call, "disconnectedBy"), "user");
  EXPECT_TRUE(agent.saw(R"("reason":"callended")"));
}

TEST_F(EmulatorTest, AnAccountHasOnlySoManyStreams) {
  ended(text(ask_json("POST", "/emulator/calls", R"({"from":"09800000001","to":"08000000005"})"), "sid"));
  EXPECT_TRUE(agent.saw("Streaming_call_throttled"));
  EXPECT_FALSE(bodies.to("/endpoint", 0).size() > 0) << "no address is asked for";
}

TEST_F(EmulatorTest, AForkRunsBesideTheFlowUntilItIsStopped) {
  const json::object call =
      ended(text(ask_json("POST", "/emulator/calls", R"({"from":"09800000001","to":"08000000006"})"), "sid"));
  EXPECT_EQ(entries(call, "platform said").size(), 2U);
  EXPECT_TRUE(agent.saw("upgrade /fork?"));
  EXPECT_TRUE(agent.saw(R"("event":"stop")"));
}

TEST_F(EmulatorTest, StopsInTheMiddleOfACall) {
  const std::string sid = place("+919800000003", straight());
  exotel->stop();
  SUCCEED();
}

}  // namespace
}  // namespace parley::emulator

// Twilio's webhooks and callbacks with the names and values of its documentation, and the signatures that it
// publishes with its libraries.
#include "carrier/twilio/twilio_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "carrier/twilio/twilio_signature.hpp"

namespace parley::carrier {
namespace {

using testing::HasSubstr;
using testing::Not;

const Fields kCompleted{{"CallSid", "CA1234567890ABCDE1234567890ABCDE12"},
                        {"AccountSid", "AC1234567890ABCDE1234567890ABCDE12"},
                        {"From", "+14158675309"},
                        {"To", "+18005551212"},
                        {"CallStatus", "completed"},
                        {"ApiVersion", "2010-04-01"},
                        {"Direction", "outbound-api"},
                        {"CallDuration", "15"},
                        {"Duration", "1"},
                        {"RecordingUrl", "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1"},
                        {"RecordingSid", "RE1"},
                        {"RecordingDuration", "12"},
                        {"Timestamp", "Tue, 31 Aug 2010 20:36:44 +0000"},
                        {"CallbackSource", "call-progress-events"},
                        {"SequenceNumber", "3"},
                        {"CustomField", "parley:01ABC"}};

Fields with(Fields fields, std::string_view name, std::string value) {
  for (auto& [key, text] : fields) {
    if (key == name) text = value;
  }
  return fields;
}

TEST(TwilioReport, IsReadFromTheStatusCallback) {
  const auto report = twilio_report(kCompleted);
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(report->carrier_call_id, "CA1234567890ABCDE1234567890ABCDE12");
  EXPECT_EQ(report->account_sid, "AC1234567890ABCDE1234567890ABCDE12");
  EXPECT_EQ(report->progress, Progress::completed);
  EXPECT_EQ(report->status, "completed");
  EXPECT_EQ(report->event, "call-progress-events");
  EXPECT_EQ(report->from, "+14158675309");
  EXPECT_EQ(report->to, "+18005551212");
  EXPECT_EQ(report->direction, "outbound");
  EXPECT_EQ(report->custom_field, "parley:01ABC");
  EXPECT_EQ(report->seconds, 15) << "not the minutes";
  EXPECT_EQ(report->recording_url, "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1");
  EXPECT_EQ(report->ended_at, 1283287004000);
  EXPECT_FALSE(report->answered_at);
}

TEST(TwilioReport, KnowsEveryStatus) {
  const std::pair<std::string, Progress> known[] = {
      {"queued", Progress::queued},       {"initiated", Progress::initiated},
      {"ringing", Progress::ringing},     {"in-progress", Progress::in_progress},
      {"completed", Progress::completed}, {"busy", Progress::busy},
      {"failed", Progress::failed},       {"no-answer", Progress::no_answer},
      {"canceled", Progress::canceled},   {"answered", Progress::in_progress},
      {"teleported", Progress::unknown},  {"", Progress::unknown},
  };
  for (const auto& [status, progress] : known) {
    const auto report = twilio_report(with(kCompleted, "CallStatus", status));
    ASSERT_TRUE(report) << status;
    EXPECT_EQ(report->progress, progress) << status;
    EXPECT_EQ(report->status, status) << "kept as told";
  }
  EXPECT_EQ(twilio_report(with(kCompleted, "CallStatus", "in-progress"))->answered_at, 1283287004000);
}

TEST(TwilioReport, SaysWhyACallFailed) {
  Fields fields = with(kCompleted, "CallStatus", "failed");
  EXPECT_EQ(twilio_report(fields)->cause, "");
  fields.emplace_back("SipResponseCode", "486");
  EXPECT_EQ(twilio_report(fields)->cause, "SIP 486");
  fields.emplace_back("ErrorCode", "13224");
  EXPECT_EQ(twilio_report(fields)->cause, "error 13224");
  fields.emplace_back("ErrorMessage", "Invalid phone number");
  EXPECT_EQ(twilio_report(fields)->cause, "Invalid phone number");
}

TEST(TwilioReport, ToldOfARecordingIsTold) {
  const auto report = twilio_report({{"AccountSid", "AC1"},
                                     {"CallSid", "CA1"},
                                     {"RecordingSid", "RE1"},
                                     {"RecordingUrl", "https://api.twilio.com/RE1"},
                                     {"RecordingStatus", "completed"},
                                     {"RecordingDuration", "9"}});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->event, "recording-completed");
  EXPECT_EQ(report->progress, Progress::unknown) << "the call itself may go on";
  EXPECT_EQ(report->recording_url, "https://api.twilio.com/RE1");
}

TEST(TwilioReport, TellsPeopleFromMachines) {
  for (const auto& [told, means] : std::vector<std::pair<std::string, std::string>>{
           {"human", "human"}, {"machine_end_beep", "machine"}, {"fax", "machine"}, {"unknown", ""}}) {
    EXPECT_EQ(twilio_report({{"CallSid", "CA1"}, {"AnsweredBy", told}})->answered_by, means) << told;
  }
}

TEST(TwilioReport, NeedsACallThatCanBeNamed) {
  for (const std::string& id : {std::string(), std::string("CA/../x"), std::string("CA\r\nX: y"),
                                std::string("CA 1"), std::string(129, 'a')}) {
    const auto report = twilio_report(with(kCompleted, "CallSid", id));
    ASSERT_FALSE(report) << id;
    EXPECT_EQ(report.error().code, Errc::invalid_argument);
    EXPECT_FALSE(twilio_notice(with(kCompleted, "CallSid", id)));
  }
  EXPECT_FALSE(twilio_report({}));
}

TEST(TwilioReport, BoundsWhatItKeeps) {
  const auto report = twilio_report(with(kCompleted, "CustomField", std::string(100'000, '\xff')));
  ASSERT_TRUE(report);
  EXPECT_LE(report->custom_field.size(), 512U);
  EXPECT_FALSE(twilio_report(with(kCompleted, "CallDuration", "99999999999999"))->seconds);
  EXPECT_FALSE(twilio_report(with(kCompleted, "CallDuration", "-1"))->seconds);
}

TEST(TwilioNotice, IsReadFromTheWebhookOfAnIncomingCall) {
  const auto notice = twilio_notice({{"AccountSid", "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"},
                                     {"ApiVersion", "2010-04-01"},
                                     {"CallSid", "CAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"},
                                     {"CallStatus", "ringing"},
                                     {"Called", "+18005551212"},
                                     {"Caller", "+14158675309"},
                                     {"Direction", "inbound"},
                                     {"From", "+14158675309"},
                                     {"FromCity", "SAN FRANCISCO"},
                                     {"To", "+18005551212"},
                                     {"Digits", "\"12\""}});
  ASSERT_TRUE(notice) << describe(notice.error());
  EXPECT_EQ(notice->carrier_call_id, "CAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX");
  EXPECT_EQ(notice->from, "+14158675309");
  EXPECT_EQ(notice->to, "+18005551212");
  EXPECT_EQ(notice->other_to, "");
  EXPECT_EQ(notice->direction, "inbound");
  EXPECT_EQ(notice->status, "ringing");
  EXPECT_EQ(notice->digits, "12");
}

TEST(TwilioStreamReport, IsReadFromTheStreamsCallback) {
  const auto report = twilio_stream_report({{"AccountSid", "AC1"},
                                            {"CallSid", "CA1"},
                                            {"StreamSid", "MZ1"},
                                            {"StreamName", "My first stream"},
                                            {"StreamEvent", "stream-error"},
                                            {"StreamError", "handshake failed"},
                                            {"Timestamp", "2024-01-15T10:30:00Z"}});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->stream_id, "MZ1");
  EXPECT_EQ(report->status, "stream-error");
  EXPECT_EQ(report->error, "handshake failed");
  EXPECT_FALSE(twilio_stream_report(kCompleted));
}

// The account's token, address, fields and signatures of Twilio's own libraries.
constexpr std::string_view kToken = "12345";
constexpr std::string_view kUrl = "https://mycompany.com/myapp.php?foo=1&bar=2";
const Fields kForm{{"CallSid", "CA1234567890ABCDE"},
                   {"From", "+14158675309"},
                   {"Digits", "1234"},
                   {"To", "+18005551212"},
                   {"Caller", "+14158675309"}};

bool passes(std::string url, std::string signature, const Fields& form = kForm, std::string_view body = {}) {
  return verify_twilio_signature(
             kToken, {.url = std::move(url), .signature = std::move(signature), .form = form, .body = body})
      .has_value();
}

TEST(TwilioSignature, AgreesWithThePublishedExample) {
  EXPECT_EQ(twilio_signature(kToken, kUrl, kForm), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
  EXPECT_TRUE(passes(std::string(kUrl), "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
}

TEST(TwilioSignature, IsNotThatOfAnotherRequest) {
  const std::string right = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
  EXPECT_FALSE(passes(std::string(kUrl) + "&x=1", right));
  EXPECT_FALSE(passes(std::string(kUrl), right, with(kForm, "Digits", "9999")));
  EXPECT_FALSE(passes(std::string(kUrl), right, {}));
  EXPECT_FALSE(passes(std::string(kUrl), "WRONG"));
  EXPECT_FALSE(passes(std::string(kUrl), ""));
  const auto without_token =
      verify_twilio_signature("", {.url = std::string(kUrl), .signature = right, .form = kForm});
  ASSERT_FALSE(without_token);
  EXPECT_EQ(without_token.error().code, Errc::permission_denied);
}

TEST(TwilioSignature, CountsWithAndWithoutThePort) {
  EXPECT_TRUE(passes("https://mycompany.com:1234/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
  EXPECT_TRUE(passes("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="));
  EXPECT_TRUE(passes(std::string(kUrl), "kvajT1Ptam85bY51eRf/AJRuM3w=")) << "signed with :443";
  EXPECT_TRUE(passes("http://mycompany.com/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="))
      << "signed with :80";
  EXPECT_TRUE(
      passes("https://user:pass@mycompany.com/myapp.php?foo=1&bar=2", "CukzLTc1tT5dXEDIHm/tKBanW10="));
  EXPECT_TRUE(passes("https://user:pass@mycompany.com/myapp.php?foo=1&bar=2", "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI="))
      << "signed with :443";
}

TEST(TwilioSignature, TakesEachDifferentValueOfANameOnce) {
  EXPECT_TRUE(passes(std::string(kUrl), "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
                     {{"Sid", "CA123"},
                      {"SidAccount", "AC123"},
                      {"Digits", "5678"},
                      {"Digits", "1234"},
                      {"Digits", "1234"}}));
}

TEST(TwilioSignature, HoldsABodyAgainstItsHashInTheAddress) {
  const std::string url =
      std::string(kUrl) + "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
  const std::string signature = "a9nBmqA0ju/hNViExpshrM61xv4=";
  EXPECT_TRUE(passes(url, signature, {}, R"({"property": "value", "boolean": true})"));
  EXPECT_FALSE(passes(url, signature, {}, R"({"property": "value", "boolean": false})"));
  EXPECT_FALSE(passes(url, signature, {}));
}

TEST(TwilioSignature, IsNoneOfABodyWhoseHashIsNotInTheAddress) {
  const std::string url(kUrl);
  const std::string signature = twilio_signature(kToken, url, {});
  EXPECT_TRUE(passes(url, signature, {}));
  EXPECT_FALSE(passes(url, signature, {}, R"({"CallSid": "CA123"})"));
}

TEST(TwilioSignature, IsCheckedOnASocketsAddressToo) {
  const std::string url = "wss://mycompany.com/api/v1/telephony/twilio/stream";
  EXPECT_TRUE(passes(url, twilio_signature(kToken, url, {}), {}));
  EXPECT_TRUE(passes(
      url, twilio_signature(kToken, "wss://mycompany.com:443/api/v1/telephony/twilio/stream", {}), {}));
}

TEST(TwilioSignature, SurvivesAddressesThatAreNone) {
  for (const char* url :
       {"", "://", "https://", "https://:", "nonsense", "https://[::1]:8080/x", "https://h:/"})
    EXPECT_FALSE(passes(url, "x")) << url;
}

}  // namespace
}  // namespace parley::carrier

// Text for XML, dates of mail, JSON of carriers, forms and words that may be shown.
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "carrier/json_text.hpp"
#include "carrier/mail_date.hpp"
#include "carrier/rest_client.hpp"
#include "carrier/voice_xml.hpp"
#include "carrier/xml_text.hpp"

namespace parley::carrier {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(XmlText, EscapesMarkupAndKeepsEverythingElse) {
  EXPECT_EQ(xml_text(R"(a<b>&"c"'d')"), "a&lt;b&gt;&amp;&quot;c&quot;&apos;d&apos;");
  EXPECT_EQ(xml_text("नमस्ते 😀"), "नमस्ते 😀");
  EXPECT_EQ(xml_text("one\r\n\ttwo"), "one&#13;&#10;&#9;two");
  EXPECT_EQ(xml_text(""), "");
}

TEST(XmlText, DropsWhatNoDocumentMayHold) {
  EXPECT_EQ(xml_text(std::string_view("a\0b\x01\x1f"
                                      "c\xEF\xBF\xBE\xEF\xBF\xBF",
                                      12)),
            "abc");
  EXPECT_EQ(xml_text("bad \xff\xc3"), "bad \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(VoiceXml, NothingInATextBecomesMarkup) {
  const std::string evil = R"("/><Hangup/><Dial>+15550100</Dial>)";
  const std::string xml =
      stream_xml({.say = evil, .stream_url = "wss://h/" + evil, .parameters = {{evil, evil}}});
  EXPECT_THAT(xml, Not(HasSubstr("<Hangup/>")));
  EXPECT_THAT(xml, Not(HasSubstr("<Dial>")));
}

TEST(VoiceXml, ConnectsTheStreamBehindASentence) {
  EXPECT_EQ(
      stream_xml({.say = "One moment",
                  .stream_url = "wss://voice.example.com/media/call_x",
                  .parameters = {{"sessionId", "S1"}}}),
      R"(<?xml version="1.0" encoding="UTF-8"?><Response><Say>One moment</Say><Connect>)"
      R"(<Stream url="wss://voice.example.com/media/call_x"><Parameter name="sessionId" value="S1"/></Stream>)"
      R"(</Connect></Response>)");
}

TEST(VoiceXml, RecordsHangsUpAndConnects) {
  EXPECT_EQ(
      record_xml({.say = "Speak",
                  .voice = "woman",
                  .language = "hi-IN",
                  .action = "https://v.example.com/r?a=1&b=2",
                  .max_length = 120s,
                  .finish_on_key = '#'}),
      R"(<?xml version="1.0" encoding="UTF-8"?><Response><Say voice="woman" language="hi-IN">Speak</Say>)"
      R"(<Record action="https://v.example.com/r?a=1&amp;b=2" method="POST" maxLength="120" finishOnKey="#"/>)"
      R"(</Response>)");
  EXPECT_EQ(hang_up_xml({.say = ""}),
            R"(<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>)");
  EXPECT_EQ(
      connect_xml({.to = {"+911140000000", "sip:desk@example.com"},
                   .caller_id = "+918047112233",
                   .announce = "",
                   .ring = 20s}),
      R"(<?xml version="1.0" encoding="UTF-8"?><Response><Dial callerId="+918047112233" timeout="20" )"
      R"(sequential="true"><Number>+911140000000</Number><Sip>sip:desk@example.com</Sip></Dial></Response>)");
  EXPECT_EQ(
      dial_xml("+911140000000", ""),
      R"(<?xml version="1.0" encoding="UTF-8"?><Response><Dial><Number>+911140000000</Number></Dial></Response>)");
}

TEST(MailDate, IsReadWithItsZone) {
  EXPECT_EQ(parse_mail_date("Tue, 31 Aug 2010 20:36:28 +0000"), 1283286988000);
  EXPECT_EQ(parse_mail_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777000);
  EXPECT_EQ(parse_mail_date("1 Sep 2010 02:06:28 +0530"), 1283286988000);
  EXPECT_EQ(parse_mail_date("31 Aug 2010 13:36:28 -0700"), 1283286988000);
}

TEST(MailDate, IsNoneWhenAnythingIsOff) {
  for (const char* text :
       {"", ",", "Tue, 31 Aug 2010", "Tue, 31 Feb 2010 20:36:28 +0000", "Tue, 31 Aug 2010 24:36:28 +0000",
        "Tue, 31 Aug 2010 20:36:28", "2010-08-31T20:36:28Z", "Tue, 31 Aug 2010 20:36:28 +0000 x",
        "Tue, 31 Aug 99999 20:36:28 +0000", "Tue, -1 Aug 2010 20:36:28 +0000",
        "Tue, 31 Aug 2010 20:36:28 EST"}) {
    EXPECT_FALSE(parse_mail_date(text)) << text;
  }
}

TEST(JsonText, TrustsNoType) {
  const auto object = parse_json_object(R"({"a":"x","b":7,"c":null,"d":true,"e":[1],"f":{"g":1}})");
  ASSERT_TRUE(object);
  EXPECT_EQ(text_member(*object, "a"), "x");
  EXPECT_EQ(text_member(*object, "b"), "7");
  EXPECT_EQ(text_member(*object, "c"), "");
  EXPECT_EQ(text_member(*object, "d"), "true");
  EXPECT_EQ(text_member(*object, "e"), "");
  EXPECT_EQ(text_member(*object, "none"), "");
  EXPECT_NE(array_member(*object, "e"), nullptr);
  EXPECT_EQ(array_member(*object, "f"), nullptr);
  EXPECT_NE(object_member(*object, "f"), nullptr);
  EXPECT_EQ(object_member(*object, "a"), nullptr);
  for (const std::string& text : {std::string(), std::string("[]"), std::string("<html>"), std::string("{"),
                                  "{\"a\":" + std::string(100'000, '[')}) {
    EXPECT_FALSE(parse_json_object(text));
  }
}

TEST(FormBody, EscapesNamesAndValues) {
  EXPECT_EQ(form_body({{"To", "+91 80"}, {"a[0]", "x&y=z\r\n"}}), "To=%2B91%2080&a%5B0%5D=x%26y%3Dz%0D%0A");
  EXPECT_EQ(form_body({}), "");
}

TEST(CleanWords, HoldNoNumberNoSecretAndNoLineBreak) {
  Account account;
  account.api_key = "AC123";
  account.api_token = "tok\"en";
  EXPECT_EQ(
      clean_words(account, "The 'To' number +919876543210 of AC123 with tok\"en is\r\nnot valid (21211)"),
      "The 'To' number +…10 of … with … is  not valid (21211)");
  EXPECT_LE(clean_words(account, std::string(10'000, 'x')).size(), 300U);
}

}  // namespace
}  // namespace parley::carrier

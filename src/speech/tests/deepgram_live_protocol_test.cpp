// Nova and Flux without a network: what belongs to which utterance, and what strange messages do.
#include "speech/deepgram/deepgram_live_protocol.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "speech/deepgram/flux_protocol.hpp"
#include "speech/deepgram/nova_protocol.hpp"

namespace parley::speech::deepgram {
namespace {

agent::ProviderChoice chosen(std::string model, std::string voice = {},
                             std::map<std::string, std::string> options = {}) {
  agent::ProviderChoice choice;
  choice.model = std::move(model);
  choice.voice = std::move(voice);
  choice.options = std::move(options);
  return choice;
}

using namespace std::chrono_literals;

constexpr int kRate = 8000;

class LiveProtocolTest : public testing::Test {
 protected:
  explicit LiveProtocolTest(std::unique_ptr<LiveProtocol> protocol) : protocol_(std::move(protocol)) {}

  void speak(std::uint64_t utterance, double seconds) {
    protocol_->start(utterance);
    send(seconds);
  }
  void send(double seconds) { protocol_->sent(static_cast<std::size_t>(seconds * kRate)); }
  Ending finish() {
    auto ending = protocol_->finish();
    protocol_->sent(ending.send.silence_samples);
    return ending;
  }
  // "partial 1: text; final 1: text"
  std::string read(std::string_view message) {
    const auto reading = protocol_->read(message);
    std::string told;
    for (const auto& heard : reading.heard) {
      told += fmt::format("{}{} {}: {}", told.empty() ? "" : "; ", heard.final ? "final" : "partial",
                          heard.utterance, heard.transcript.text);
    }
    return told;
  }
  std::string give_up(std::uint64_t utterance) {
    const auto heard = protocol_->give_up(utterance);
    return heard ? heard->transcript.text : "nothing";
  }

  std::unique_ptr<LiveProtocol> protocol_;
};

class NovaProtocolTest : public LiveProtocolTest {
 protected:
  NovaProtocolTest() : LiveProtocolTest(std::make_unique<NovaProtocol>(kRate, LiveTiming{})) {}
};

constexpr const char* kFinal = R"(,"is_final":true)";
constexpr const char* kSpeechFinal = R"(,"is_final":true,"speech_final":true)";
constexpr const char* kFinalized = R"(,"is_final":true,"speech_final":true,"from_finalize":true)";

std::string results(double start, double duration, std::string_view text, std::string_view flags = "",
                    std::string_view words = "[]") {
  return fmt::format(R"({{"type":"Results","channel_index":[0,1],"start":{},"duration":{}{},"channel":)"
                     R"({{"alternatives":[{{"transcript":"{}","confidence":0.5,"words":{}}}]}},)"
                     R"("metadata":{{"request_id":"r-1"}}}})",
                     start, duration, flags, text, words);
}

std::string word(std::string_view text, double start, double end) {
  return fmt::format(R"({{"word":"{}","start":{},"end":{},"confidence":0.9}})", text, start, end);
}

TEST_F(NovaProtocolTest, AnUtteranceIsTheJoinOfItsFinalPiecesUpToTheFinalizedOne) {
  speak(1, 3);
  EXPECT_EQ(read(results(0, 1, "i want")), "partial 1: i want");
  EXPECT_EQ(read(results(0, 1, "i want to", kFinal)), "partial 1: i want to");
  EXPECT_EQ(read(results(1, 1, "fly")), "partial 1: i want to fly");
  const auto ending = finish();
  EXPECT_EQ(ending.send.text, R"({"type":"Finalize"})");
  EXPECT_EQ(ending.wait, 1200ms);
  EXPECT_EQ(read(results(1, 2, "fly home", kFinalized)), "final 1: i want to fly home");
  EXPECT_FALSE(protocol_->busy());
}

TEST_F(NovaProtocolTest, AFinalPieceThatCoversAllAudioAnswersWithoutFinalize) {
  speak(1, 2);
  finish();
  EXPECT_EQ(read(results(0, 2, "yes", kSpeechFinal)), "final 1: yes");
}

TEST_F(NovaProtocolTest, AnAnswerToldTwiceCountsOnce) {
  speak(1, 2);
  read(results(0, 1, "one", kFinal));
  EXPECT_EQ(read(results(0, 1, "one", kFinal)), "");
  finish();
  EXPECT_EQ(read(results(1, 1, "two", kFinalized)), "final 1: one two");
  EXPECT_EQ(read(results(1, 1, "two", kFinalized)), "");
}

TEST_F(NovaProtocolTest, WhatComesLateForAnAnsweredOrCancelledUtteranceIsDropped) {
  speak(1, 2);
  EXPECT_EQ(protocol_->cancel().text, R"({"type":"Finalize"})");
  speak(2, 2);
  EXPECT_EQ(read(results(0, 2, "cough", kFinalized)), "");
  finish();
  EXPECT_EQ(read(results(0, 2, "cough", kFinalized)), "")
      << "an old Finalize does not answer the new utterance";
  EXPECT_EQ(read(results(2, 2, "hello", kFinalized)), "final 2: hello");
}

TEST_F(NovaProtocolTest, APieceOverTwoUtterancesIsCutByItsWordTimes) {
  speak(1, 1);
  protocol_->cancel();
  speak(2, 1);
  finish();
  const auto words = "[" + word("noise", 0.2, 0.6) + "," + word("hello", 1.2, 1.6) + "]";
  EXPECT_EQ(read(results(0, 2, "noise hello", kFinalized, words)), "final 2: hello");
}

TEST_F(NovaProtocolTest, TwoUnansweredUtterancesGetTheirOwnText) {
  speak(1, 1);
  finish();
  speak(2, 1);
  finish();
  EXPECT_EQ(read(results(0, 1, "one", kFinalized)), "final 1: one");
  EXPECT_EQ(read(results(1, 1, "two", kFinalized)), "final 2: two");
}

TEST_F(NovaProtocolTest, WithoutAnAnswerWhatThereIsHasToDo) {
  speak(7, 2);
  read(results(0, 1, "book", kFinal));
  read(results(1, 0.8, "a table"));
  finish();
  EXPECT_EQ(give_up(7), "book a table");
  EXPECT_EQ(give_up(7), "nothing");
  EXPECT_EQ(read(results(1, 1, "a table", kFinalized)), "");
}

TEST_F(NovaProtocolTest, TheWaitIsShorterWhenTheEndOfTheSpeechWasHeardAndNoneWhenAllWas) {
  speak(1, 2);
  read(results(0, 1.4, "yes", kSpeechFinal));
  EXPECT_EQ(finish().wait, 500ms);
  protocol_->cancel();
  speak(2, 1);
  read(results(2, 1, "no", kSpeechFinal));
  EXPECT_EQ(finish().wait, 0ms);
  EXPECT_EQ(give_up(2), "no");
}

TEST_F(NovaProtocolTest, AFinalizedPieceWithoutTimesAnswersTheOldest) {
  speak(1, 1);
  finish();
  EXPECT_EQ(read(R"({"type":"Results","is_final":true,"from_finalize":true,"start":0,"duration":0,)"
                 R"("channel":{"alternatives":[{"transcript":"yes"}]}})"),
            "final 1: yes");
}

TEST_F(NovaProtocolTest, SilenceGivesAnEmptyTranscript) {
  speak(1, 1);
  EXPECT_EQ(read(results(0, 0.9, "")), "");
  finish();
  EXPECT_EQ(read(results(0, 1, "", kFinalized)), "final 1: ");
}

TEST_F(NovaProtocolTest, AnUtteranceWithoutAudioNeedsNoAnswerOfDeepgram) {
  protocol_->start(1);
  const auto ending = finish();
  EXPECT_EQ(ending.send.text, "");
  EXPECT_EQ(ending.wait, 0ms);
  EXPECT_EQ(give_up(1), "");
}

TEST_F(NovaProtocolTest, ConfidenceIsTheMeanOfThePieces) {
  speak(1, 2);
  finish();
  const auto reading = protocol_->read(results(0, 2, "yes", kFinalized));
  ASSERT_EQ(reading.heard.size(), 1U);
  EXPECT_FLOAT_EQ(reading.heard[0].transcript.confidence, 0.5F);
  EXPECT_EQ(reading.request_id, "r-1");
}

TEST_F(NovaProtocolTest, ASocketThatHeardNothingYetIsHeldOpenWithALittleSilence) {
  auto first = protocol_->keep_alive();
  EXPECT_EQ(first.text, R"({"type":"KeepAlive"})");
  EXPECT_EQ(first.silence_samples, 800U);
  protocol_->sent(first.silence_samples);
  EXPECT_EQ(protocol_->keep_alive().silence_samples, 0U);
}

TEST_F(NovaProtocolTest, ARecogniserWithoutEndFillsNoMemory) {
  speak(1, 600'000);
  const std::string long_text(1000, 'a');
  for (int at = 0; at < 1000; ++at)
    read(results(at, 1, long_text, kFinal));
  finish();
  EXPECT_LE(give_up(1).size(), 64U * 1024);
}

TEST_F(NovaProtocolTest, WhatIsNotOfTheProtocolIsToldApartAndChangesNothing) {
  speak(1, 1);
  for (const std::string_view bad :
       {"", "{", "null", "[]", "\"text\"", "{}", R"({"type":5})", R"({"type":"Results"})",
        R"({"type":"Results","channel":[]})", R"({"type":"Results","channel":{"alternatives":{}}})",
        R"({"type":"Results","channel":{"alternatives":[5]}})",
        R"({"type":"Results","channel":{"alternatives":[{"transcript":7}]}})",
        "{\"type\":\"Results\",\"channel\":{\"alternatives\":[{\"transcript\":\"\xff\xfe\"}]}}",
        "RIFF\x24"}) {
    const auto reading = protocol_->read(bad);
    EXPECT_FALSE(reading.readable) << bad;
    EXPECT_TRUE(reading.heard.empty()) << bad;
  }
  for (const std::string_view fine :
       {R"({"type":"SpeechStarted","timestamp":1})", R"({"type":"UtteranceEnd","last_word_end":-1})",
        R"({"type":"SomethingNew"})", R"({"type":"Results","channel":{"alternatives":[]}})"}) {
    EXPECT_TRUE(protocol_->read(fine).readable) << fine;
  }
  EXPECT_EQ(protocol_->read(R"({"type":"Metadata","request_id":"r-9","duration":0})").request_id, "r-9");
  EXPECT_TRUE(protocol_->busy());
}

TEST_F(NovaProtocolTest, WrongTypesBesideTheTextDoNotMatter) {
  speak(1, 1);
  finish();
  EXPECT_EQ(
      read(
          R"({"type":"Results","start":"0","duration":"1","is_final":true,"from_finalize":true,"metadata":7,)"
          R"("channel":{"alternatives":[{"transcript":"yes","confidence":"high","words":[3,{"word":4}]}]}})"),
      "final 1: yes");
}

TEST_F(NovaProtocolTest, AnErrorInTheStreamIsRead) {
  const auto reading = protocol_->read(R"({"type":"Error","description":"too slow","variant":"NET-0000"})");
  ASSERT_TRUE(reading.trouble);
  EXPECT_EQ(reading.trouble->code, "NET-0000");
  EXPECT_EQ(reading.trouble->words, "too slow");
}

// --- Flux

class FluxProtocolTest : public LiveProtocolTest {
 protected:
  FluxProtocolTest() : LiveProtocolTest(std::make_unique<FluxProtocol>(kRate, LiveTiming{})) {}
};

std::string turn(std::string_view event, int index, double from, double to, std::string_view text,
                 std::string_view words = "[]") {
  return fmt::format(R"({{"type":"TurnInfo","event":"{}","turn_index":{},"audio_window_start":{},)"
                     R"("audio_window_end":{},"transcript":"{}","words":{},"end_of_turn_confidence":0.4,)"
                     R"("sequence_id":3,"request_id":"f-1"}})",
                     event, index, from, to, text, words);
}

TEST_F(FluxProtocolTest, AnUpdateForAllAudioAnswersBeforeFluxIsSureOfTheTurn) {
  speak(1, 2);
  EXPECT_EQ(read(turn("StartOfTurn", 0, 0, 0.5, "hello")), "partial 1: hello");
  EXPECT_EQ(read(turn("Update", 0, 0, 1.5, "hello there")), "partial 1: hello there");
  const auto ending = finish();
  EXPECT_EQ(ending.send.silence_samples, 3200U) << "0.4 s bring the last update";
  EXPECT_EQ(ending.send.text, "");
  EXPECT_EQ(read(turn("Update", 0, 0, 1.75, "hello there")), "");
  EXPECT_EQ(read(turn("Update", 0, 0, 2.0, "hello there you")), "final 1: hello there you");
}

TEST_F(FluxProtocolTest, SeveralTurnsOfAnUtteranceAreJoined) {
  speak(1, 4);
  read(turn("EndOfTurn", 0, 0, 1, "one"));
  EXPECT_EQ(read(turn("EndOfTurn", 0, 0, 1, "one")), "") << "told twice";
  EXPECT_EQ(read(turn("StartOfTurn", 1, 2, 2.5, "two")), "partial 1: one two");
  finish();
  EXPECT_EQ(read(turn("EndOfTurn", 1, 2, 3.5, "two three")), "final 1: one two three");
  EXPECT_EQ(read(turn("EndOfTurn", 1, 2, 3.5, "two three")), "");
}

TEST_F(FluxProtocolTest, ATurnThatGoesOnInTheNextUtteranceIsNotToldAgain) {
  speak(1, 2);
  finish();
  EXPECT_EQ(read(turn("Update", 0, 0, 2, "i want")), "final 1: i want");
  speak(2, 2);
  EXPECT_EQ(read(turn("Update", 0, 0, 3.5, "i want a taxi")), "partial 2: a taxi");
  finish();
  EXPECT_EQ(read(turn("EndOfTurn", 0, 0, 4.4, "i want a taxi")), "final 2: a taxi");
}

TEST_F(FluxProtocolTest, WordTimesTellTheUtterancesOfOneTurnApart) {
  speak(1, 1);
  protocol_->cancel();
  speak(2, 1);
  finish();
  const auto words = "[" + word("noise", 0.2, 0.6) + "," + word("hello", 1.2, 1.6) + "]";
  EXPECT_EQ(read(turn("Update", 0, 0, 2.2, "noise hello", words)), "final 2: hello");
}

TEST_F(FluxProtocolTest, WhatWasCancelledIsNotToldToTheNextUtterance) {
  speak(1, 1);
  read(turn("Update", 0, 0, 1, "cough cough"));
  protocol_->cancel();
  speak(2, 1);
  finish();
  EXPECT_EQ(read(turn("Update", 0, 0, 2, "cough cough yes")), "final 2: yes");
}

TEST_F(FluxProtocolTest, WithoutAnAnswerWhatThereIsHasToDo) {
  speak(1, 2);
  read(turn("Update", 0, 0, 1, "maybe"));
  EXPECT_EQ(finish().wait, 1200ms);
  EXPECT_EQ(give_up(1), "maybe");
  EXPECT_EQ(give_up(1), "nothing");
  speak(2, 1);
  read(turn("EndOfTurn", 1, 2.4, 3, "no"));
  EXPECT_EQ(finish().wait, 150ms);
}

TEST_F(FluxProtocolTest, AnEarlyEndOfTurnIsOnlyAnUpdate) {
  speak(1, 2);
  EXPECT_EQ(read(turn("EagerEndOfTurn", 0, 0, 1, "stop")), "partial 1: stop");
  EXPECT_EQ(read(turn("TurnResumed", 0, 0, 1.2, "stop it")), "partial 1: stop it");
}

TEST_F(FluxProtocolTest, AnEndOfTurnLongBeforeTheUtterancesEndIsNoAnswer) {
  speak(1, 5);
  finish();
  EXPECT_EQ(read(turn("EndOfTurn", 0, 0, 1, "one")), "partial 1: one");
  EXPECT_EQ(read(turn("Update", 1, 3, 5, "two")), "final 1: one two");
}

TEST_F(FluxProtocolTest, WhatIsNotOfTheProtocolIsToldApart) {
  speak(1, 1);
  for (const std::string_view bad :
       {"", "[]", "{}", R"({"type":"TurnInfo"})", R"({"type":"TurnInfo","event":"Update","turn_index":-1})",
        R"({"type":"TurnInfo","event":4,"turn_index":0,"transcript":"a"})",
        R"({"type":"TurnInfo","event":"Update","turn_index":0,"transcript":["a"]})",
        "{\"type\":\"\xc3\x28\"}"}) {
    EXPECT_FALSE(protocol_->read(bad).readable) << bad;
  }
  EXPECT_EQ(protocol_->read(R"({"type":"Connected","request_id":"f-7","sequence_id":0})").request_id, "f-7");
  const auto reading =
      protocol_->read(R"({"type":"Error","sequence_id":4,"code":"NET-0000","description":"gone"})");
  ASSERT_TRUE(reading.trouble);
  EXPECT_EQ(reading.trouble->code, "NET-0000");
}

TEST_F(FluxProtocolTest, SilenceHoldsTheSocketSinceThereIsNoKeepAlive) {
  EXPECT_EQ(protocol_->keep_alive().text, "");
  EXPECT_EQ(protocol_->keep_alive().silence_samples, 640U);
}

// --- addresses

const vendor::Account kAccount{.vendor = "deepgram",
                               .url = "https://api.deepgram.com",
                               .key = "secret",
                               .key_setting = "DEEPGRAM_API_KEY"};

TEST(DeepgramLiveAddress, NovaGetsItsOptionsEscapedAndNoKey) {
  agent::ProviderChoice choice;
  choice.options = {{"keyterm", "Parley, New Delhi"}, {"endpointing", "false"}};
  EXPECT_EQ(
      live_url(kAccount, choice, "hi-IN", 8000),
      "wss://api.deepgram.com/v1/listen?model=nova-3&encoding=linear16&sample_rate=8000&keyterm=Parley&"
      "keyterm=New%20Delhi&language=hi&channels=1&interim_results=true&endpointing=false&smart_format=true");
  EXPECT_NE(live_url(kAccount, {}, "en-IN", 8000).find("language=en-IN"), std::string::npos);
  EXPECT_NE(live_url(kAccount, chosen("nova-2", ""), "ta-IN", 8000).find("language=ta&"), std::string::npos);
  choice.options = {{"language", "multi"}};
  EXPECT_NE(live_url(kAccount, choice, "en-IN", 8000).find("language=multi"), std::string::npos);
}

TEST(DeepgramLiveAddress, FluxHasAnAddressAndOptionsOfItsOwn) {
  agent::ProviderChoice choice;
  choice.model = "flux-general-multi";
  choice.options = {{"eot_threshold", "0.8"}};
  EXPECT_EQ(live_url(kAccount, choice, "hi-IN", 16000),
            "wss://api.deepgram.com/v2/listen?model=flux-general-multi&encoding=linear16&sample_rate=16000&"
            "eot_threshold=0.8&language_hint=hi");
}

TEST(DeepgramLiveAddress, OptionsAreCheckedBeforeACall) {
  EXPECT_TRUE(check_live(kAccount, {}));
  EXPECT_TRUE(check_live(kAccount, chosen("", "", {{"endpointing", "false"}, {"final_ms", "900"}})));
  const auto unknown = check_live(kAccount, chosen("", "", {{"endpoint", "1"}}));
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("endpointing"), std::string::npos) << unknown.error().message;
  EXPECT_FALSE(check_live(kAccount, chosen("", "", {{"endpointing", "soon"}})));
  EXPECT_FALSE(check_live(kAccount, chosen("flux-general-en", "", {{"eot_threshold", "2"}})));
  EXPECT_FALSE(check_live(kAccount, chosen("flux-general-en", "", {{"endpointing", "300"}})));
  auto without_key = kAccount;
  without_key.key.clear();
  const auto refused = check_live(without_key, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::permission_denied);
  EXPECT_NE(refused.error().message.find("DEEPGRAM_API_KEY"), std::string::npos);
}

}  // namespace
}  // namespace parley::speech::deepgram

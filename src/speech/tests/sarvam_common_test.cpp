// What all of Sarvam's doors share: languages, faults, and how text and sound are cut.
#include "speech/sarvam/sarvam_common.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "speech/sarvam/sound_pieces.hpp"

namespace parley::speech {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using vendor::Fault;

const vendor::Account kAccount{"sarvam", "https://api.sarvam.ai", "sk_abcdefghijklmnop", "SARVAM_API_KEY"};
SarvamFaults faults(std::string model = "saaras:v3") {
  return {kAccount, std::move(model)};
}

// --- languages

TEST(SarvamLanguage, KnowsEachLanguageAsSpokenInIndia) {
  for (const auto list : {SarvamLanguages::voice, SarvamLanguages::saarika, SarvamLanguages::saaras,
                          SarvamLanguages::realtime}) {
    EXPECT_EQ(sarvam_language("en-IN", list).value(), "en-IN");
    EXPECT_EQ(sarvam_language("en-US", list).value(), "en-IN");
    EXPECT_EQ(sarvam_language("hi", list).value(), "hi-IN");
    EXPECT_EQ(sarvam_language("TA-in", list).value(), "ta-IN");
    EXPECT_FALSE(sarvam_language("fr-FR", list));
  }
}

TEST(SarvamLanguage, OdiaHasTwoSpellings) {
  for (const auto* tag : {"or-IN", "od-IN", "or", "od"}) {
    EXPECT_EQ(sarvam_language(tag, SarvamLanguages::voice).value(), "od-IN");
    EXPECT_EQ(sarvam_language(tag, SarvamLanguages::saarika).value(), "od-IN");
    EXPECT_EQ(sarvam_language(tag, SarvamLanguages::saaras).value(), "od-IN");
    EXPECT_EQ(sarvam_language(tag, SarvamLanguages::realtime).value(), "or-IN");
  }
  EXPECT_EQ(bcp47_of_sarvam("od-IN"), "or-IN");
}

TEST(SarvamLanguage, OnlyRecognisersDetect) {
  EXPECT_EQ(sarvam_language("auto", SarvamLanguages::saaras).value(), "unknown");
  EXPECT_EQ(sarvam_language("unknown", SarvamLanguages::realtime).value(), "auto");
  EXPECT_EQ(sarvam_language("", SarvamLanguages::saarika).value(), "unknown");
  EXPECT_FALSE(sarvam_language("auto", SarvamLanguages::voice));
  EXPECT_EQ(bcp47_of_sarvam("unknown"), "");
}

TEST(SarvamLanguage, SaarasHasLanguagesThatOthersLack) {
  EXPECT_EQ(sarvam_language("kok-IN", SarvamLanguages::saaras).value(), "kok-IN");
  EXPECT_EQ(sarvam_language("ur", SarvamLanguages::realtime).value(), "ur-IN");
  const auto refused = sarvam_language("ur-IN", SarvamLanguages::voice);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("'ur-IN'"));
  EXPECT_THAT(refused.error().message, HasSubstr("hi, kn"));
}

// --- faults: the table of the reference

TEST(SarvamFaults, EachCodeHasItsMeaning) {
  const auto fault = [](int status, std::string_view code, std::string_view message = "m") {
    return faults().of_code(status, code, message, "").fault;
  };
  EXPECT_EQ(fault(400, "invalid_request_error"), Fault::bad_request);
  EXPECT_EQ(fault(413, "invalid_request_error", "file too large"), Fault::bad_request);
  EXPECT_EQ(fault(422, "invalid_request_error"), Fault::bad_request);
  EXPECT_EQ(fault(422, "unprocessable_entity_error"), Fault::bad_request);
  EXPECT_EQ(fault(403, "invalid_api_key_error"), Fault::bad_key);
  EXPECT_EQ(fault(403, "authentication_error"), Fault::bad_key);
  EXPECT_EQ(fault(403, ""), Fault::bad_key);
  EXPECT_EQ(fault(401, ""), Fault::bad_key);
  EXPECT_EQ(fault(404, "not_found_error"), Fault::bad_request);
  EXPECT_EQ(fault(404, "not_found_error", "Model bulbul:v1 not found"), Fault::unknown_model);
  EXPECT_EQ(fault(429, "insufficient_quota_error"), Fault::no_credit);
  EXPECT_EQ(fault(429, "rate_limit_exceeded_error"), Fault::rate_limited);
  EXPECT_EQ(fault(500, "internal_server_error"), Fault::overloaded);
  EXPECT_EQ(fault(503, "rate_limit_exceeded_error"), Fault::overloaded);
  EXPECT_EQ(fault(503, ""), Fault::overloaded);
  EXPECT_EQ(fault(400, "invalid_request_error", "Speaker 'anushka' is not compatible with model bulbul:v3"),
            Fault::unknown_model);
  EXPECT_EQ(fault(400, "invalid_request_error", "pitch is not supported by model bulbul:v3"),
            Fault::bad_request);
  EXPECT_EQ(fault(0, "weird", "out of credits"), Fault::no_credit);
  EXPECT_EQ(fault(429, "", "No credits available. Please top up"), Fault::no_credit);
  EXPECT_EQ(fault(429, "", "slow down"), Fault::rate_limited);
  EXPECT_EQ(fault(403, "authentication_error", "The API is not available from your region"), Fault::region);
  EXPECT_EQ(fault(400, "invalid_request_error", "The model is not valid for this endpoint"),
            Fault::unknown_model);
}

TEST(SarvamFaults, QuotaIsNotTriedAgainAndTheRateLimitIs) {
  EXPECT_FALSE(vendor::is_retryable(faults().of_code(429, "insufficient_quota_error", "m", "")));
  EXPECT_TRUE(vendor::is_retryable(faults().of_code(429, "rate_limit_exceeded_error", "m", "")));
  EXPECT_TRUE(vendor::is_retryable(faults().of_code(503, "rate_limit_exceeded_error", "m", "")));
}

TEST(SarvamFaults, ReadAnErrorBody) {
  const auto error =
      faults("bulbul:v3")
          .of_response(
              429, {{"Retry-After", "3"}},
              R"({"error":{"message":"Too many","code":"rate_limit_exceeded_error","request_id":"20261121_ab"}})",
              {});
  EXPECT_EQ(error.fault, Fault::rate_limited);
  EXPECT_EQ(error.vendor, "sarvam");
  EXPECT_EQ(error.model, "bulbul:v3");
  EXPECT_EQ(error.status, 429);
  EXPECT_EQ(error.code, "rate_limit_exceeded_error");
  EXPECT_EQ(error.request_id, "20261121_ab");
  EXPECT_EQ(error.detail, "Too many");
  EXPECT_EQ(error.key_setting, "SARVAM_API_KEY");
  EXPECT_EQ(error.retry_after, std::chrono::seconds(3));
}

TEST(SarvamFaults, ABodyOfAnyOtherKindIsNoObstacle) {
  for (const auto* body :
       {"", "<html>", "[]", R"({"error":"plain words"})", R"({"detail":"plain words"})", "\xff"}) {
    const auto error = faults().of_response(403, {}, body, {});
    EXPECT_EQ(error.fault, Fault::bad_key) << body;
    EXPECT_FALSE(error.detail.empty()) << body;
  }
}

TEST(SarvamFaults, TheKeyIsNeverRepeated) {
  const auto error =
      faults().of_code(403, "invalid_api_key_error", "the key sk_abcdefghijklmnop is wrong", "");
  EXPECT_THAT(vendor::describe(error), Not(HasSubstr("sk_abcdefghijklmnop")));
}

TEST(SarvamFaults, ARetiredRecogniserComesWithAdvice) {
  const auto error = faults("saarika:v2.5").of_code(400, "invalid_request_error", "Invalid model", "");
  EXPECT_EQ(error.fault, Fault::unknown_model);
  EXPECT_THAT(error.detail, HasSubstr("saaras:v3"));
}

TEST(SarvamFaults, EachCloseCodeHasItsMeaning) {
  const auto fault = [](std::uint16_t code, std::string reason = {}) {
    net::CloseInfo close;
    close.code = code;
    close.reason = std::move(reason);
    return faults().of_close(close).fault;
  };
  EXPECT_EQ(fault(1000), Fault::unreachable);
  EXPECT_EQ(fault(1006), Fault::unreachable);
  EXPECT_EQ(fault(1003), Fault::rate_limited);
  EXPECT_EQ(fault(1003, "Rate limit exceeded"), Fault::rate_limited);
  EXPECT_EQ(fault(1003, "Quota exhausted"), Fault::no_credit);
  EXPECT_EQ(fault(1003, "Invalid subscription key"), Fault::bad_key);
  EXPECT_EQ(fault(1008, "inactivity timeout"), Fault::unreachable);
  EXPECT_EQ(fault(1009), Fault::protocol);
  EXPECT_EQ(fault(1011), Fault::overloaded);
  EXPECT_EQ(fault(4000, "Invalid model"), Fault::unknown_model);
  EXPECT_EQ(fault(4000, "backend unavailable"), Fault::overloaded);
  EXPECT_EQ(fault(4000, "unsupported language_code"), Fault::bad_request);
}

// --- cutting text and sound

TEST(SarvamSplit, CutsBetweenWordsAndNeverInsideACharacter) {
  EXPECT_THAT(split_for_sarvam("  one two three ", 9), ElementsAre("one two", "three"));
  EXPECT_THAT(split_for_sarvam("one two", 7), ElementsAre("one two"));
  EXPECT_THAT(split_for_sarvam("नमस्ते", 4), ElementsAre("नमस्", "ते"));
  EXPECT_THAT(split_for_sarvam("abcdefgh", 3), ElementsAre("abc", "def", "gh"));
  EXPECT_THAT(split_for_sarvam(" \n ", 10), ElementsAre());
  EXPECT_THAT(split_for_sarvam("… - 7", 10), ElementsAre("… - 7"));
  EXPECT_THAT(split_for_sarvam("--- ...", 10), ElementsAre());
  EXPECT_THAT(split_for_sarvam("", 10), ElementsAre());
}

TEST(SarvamSplit, PrefersTheEndOfASentenceThenAComma) {
  EXPECT_THAT(split_for_sarvam("This is done. And so on", 18), ElementsAre("This is done.", "And so on"));
  EXPECT_THAT(split_for_sarvam("यह हो गया। और आगे", 13), ElementsAre("यह हो गया।", "और आगे"));
  EXPECT_THAT(split_for_sarvam("first part, second part", 18), ElementsAre("first part,", "second part"));
}

std::vector<std::int16_t> sound(double seconds, int amplitude) {
  std::vector<std::int16_t> samples(static_cast<std::size_t>(seconds * 8000));
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<std::int16_t>(i % 8 < 4 ? amplitude : -amplitude);
  return samples;
}

std::vector<std::int16_t> join(std::initializer_list<std::vector<std::int16_t>> parts) {
  std::vector<std::int16_t> all;
  for (const auto& part : parts)
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

TEST(SoundPieces, SilenceIsInNone) {
  EXPECT_TRUE(cut_at_silences({}, 8000, 29).empty());
  EXPECT_TRUE(cut_at_silences(sound(10, 0), 8000, 29).empty());
  const auto pieces =
      cut_at_silences(join({sound(3, 0), sound(2, 3000), sound(4, 0), sound(1, 3000)}), 8000, 29);
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0], (SoundPiece{22'400, 19'200}));  // 3 s … 5 s and a margin of 0.2 s
  EXPECT_EQ(pieces[1].first, 8000U * 9 - 1600);
}

TEST(SoundPieces, AShortPauseDoesNotCut) {
  EXPECT_EQ(cut_at_silences(join({sound(2, 3000), sound(0.5, 0), sound(2, 3000)}), 8000, 29).size(), 1U);
}

TEST(SoundPieces, ALongSpeechIsCutAtItsQuietestPlaceAndNothingIsLost) {
  const auto audio = join({sound(20, 3000), sound(0.1, 500), sound(40, 3000)});
  const auto pieces = cut_at_silences(audio, 8000, 29);
  ASSERT_GE(pieces.size(), 3U);
  std::size_t at = 0;
  for (const auto& piece : pieces) {
    EXPECT_EQ(piece.first, at);
    EXPECT_LE(piece.samples, 8000U * 29);
    at += piece.samples;
  }
  EXPECT_EQ(at, audio.size());
  EXPECT_NEAR(static_cast<double>(pieces[0].samples) / 8000, 20.05, 0.1);
}

TEST(SoundPieces, ARecordingWithoutAnyPauseIsStillSpeech) {
  EXPECT_EQ(cut_at_silences(sound(5, 600), 8000, 29).size(), 1U);
}

}  // namespace
}  // namespace parley::speech

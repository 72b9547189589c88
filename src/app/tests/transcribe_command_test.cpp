#include "app/transcribe_command.hpp"

#include <fstream>
#include <sstream>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "base/tests/temporary_directory.hpp"

namespace parley::app {
namespace {

using ::testing::HasSubstr;

struct SetAnswer final : speech::FileTranscriber {
  using Answer = std::expected<speech::FileTranscript, vendor::VendorError>;
  Result<void> prepare(const agent::AgentPtr&, const agent::ProviderChoice& choice) override {
    model = choice.model;
    return ready;
  }
  async::Task<Answer> transcribe(speech::FileRequest request) override {
    co_await async::asio::post(request.executor, async::asio::use_awaitable_t<async::Executor>{});
    if (throws) throw std::runtime_error("out of luck");
    wav = request.wav;
    language = request.language;
    request.observer.on_usage(
        {.part = vendor::Part::stt, .vendor = "deepgram", .model = "nova-3", .audio_seconds = 60});
    co_return answer;
  }
  Result<void> ready;
  Answer answer = speech::FileTranscript{{{0, 1.24, 2, "hello"}, {1, 62.36, 64, "Good morning."}}, "en-IN"};
  bool throws = false;
  std::string model;
  std::string wav;
  std::string language;
};

class TranscribeCommandTest : public ::testing::Test {
 protected:
  TranscribeCommandTest() {
    options_.file = (directory_.path() / "call.wav").string();
    options_.provider = "deepgram";
    std::ofstream(options_.file) << "the file";
  }
  int run() {
    return run_transcribe_by({{"deepgram", {&deepgram_, "id"}}, {"sarvam", {&deepgram_, "id"}}}, *prices_,
                             options_, out_, err_);
  }
  TemporaryDirectory directory_;
  std::shared_ptr<const vendor::PriceTable> prices_ = *vendor::PriceTable::parse(
      "prices:\n  - {vendor: deepgram, model: nova-3, part: stt, currency: USD, as_of: 2026-10-01, minutes: "
      "0.5}\n",
      "test");
  SetAnswer deepgram_;
  TranscribeOptions options_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(TranscribeCommandTest, WritesWhoSaidWhatAndWhen) {
  options_.model = "nova-2";
  options_.language = "hi-IN";
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(out_.str(), " 0:01.2  caller: hello\n 1:02.4  agent: Good morning.\n");
  EXPECT_EQ(err_.str(), "");
  EXPECT_EQ(deepgram_.wav, "the file");
  EXPECT_EQ(deepgram_.model, "nova-2");
  EXPECT_EQ(deepgram_.language, "hi-IN");
}

TEST_F(TranscribeCommandTest, AsJsonItIsOneLineWithTheCost) {
  options_.output = "json";
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(out_.str().find('\n'), out_.str().size() - 1);
  const auto answer = boost::json::parse(out_.str());
  EXPECT_EQ(answer.at("provider"), "deepgram");
  EXPECT_EQ(answer.at("segments").as_array().size(), 2U);
  EXPECT_EQ(answer.at("segments").at(1).at("channel"), "agent");
  EXPECT_EQ(answer.at("usage").at(0).at("audio_seconds").as_double(), 60);
  EXPECT_EQ(answer.at("usage").at(0).at("cost").at("amount").as_double(), 0.5);
}

TEST_F(TranscribeCommandTest, ARecordingWithoutSpeechSaysSo) {
  deepgram_.answer = speech::FileTranscript{};
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(out_.str(), "no speech\n");
}

TEST_F(TranscribeCommandTest, AnUnknownProviderIsAnsweredWithThoseThereAre) {
  options_.provider = "whisper";
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(err_.str(), "parley: provider 'whisper' does not transcribe files; there is deepgram, sarvam\n");
}

TEST_F(TranscribeCommandTest, AMissingKeyAMissingFileAndTheVendorsRefusalAreOneLineEach) {
  deepgram_.ready = fail(Errc::permission_denied, "set DEEPGRAM_API_KEY");
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(err_.str(), "parley: set DEEPGRAM_API_KEY\n");
  deepgram_.ready = {};
  deepgram_.answer = std::unexpected(vendor::VendorError(vendor::Fault::no_credit, "deepgram", "empty"));
  EXPECT_EQ(run(), 1);
  EXPECT_THAT(err_.str(), HasSubstr("deepgram: no credit"));
  options_.file += ".not-there";
  EXPECT_EQ(run(), 1);
  EXPECT_THAT(err_.str(), HasSubstr("call.wav.not-there cannot be read"));
  EXPECT_EQ(out_.str(), "");
}

TEST_F(TranscribeCommandTest, ARecogniserThatThrowsIsAFailureToo) {
  deepgram_.throws = true;
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(err_.str(), "parley: the recogniser failed: out of luck\n");
}

TEST_F(TranscribeCommandTest, TheRealRecognisersAreThereAndSayWhichKeyIsMissing) {
  EXPECT_EQ(run_transcribe(settings::Settings{}, system_clock(), options_, out_, err_), 1);
  EXPECT_THAT(err_.str(), HasSubstr("DEEPGRAM_API_KEY"));
}

}  // namespace
}  // namespace parley::app

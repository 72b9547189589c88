#include "speech/openai/openai_file_transcriber.hpp"

#include <boost/asio/co_spawn.hpp>

#include "audio/wav.hpp"
#include "speech/tests/vendor_fixture.hpp"

namespace parley::speech {
namespace {

using vendor::Fault;

class OpenAiFileTest : public testing::VendorTest {
 protected:
  std::expected<FileTranscript, vendor::VendorError> transcribe(std::string wav, std::string model = {}) {
    OpenAiFileTranscriber transcriber(account("openai", "/v1"), clock_);
    agent::ProviderChoice choice;
    choice.model = std::move(model);
    FileRequest request{.executor = executor(),
                        .wav = std::move(wav),
                        .choice = std::move(choice),
                        .language = "en-IN",
                        .log = log::Logger("test"),
                        .observer = books_};
    std::optional<std::expected<FileTranscript, vendor::VendorError>> result;
    boost::asio::co_spawn(executor(), transcriber.transcribe(std::move(request)),
                          [&result](std::exception_ptr, auto done) { result = std::move(done); });
    run_until([&] { return result.has_value(); });
    return std::move(*result);
  }
  // Ten seconds: the caller speaks in the second, the agent in the fourth and the eighth.
  static std::string recording() {
    std::vector<std::int16_t> samples(160'000);
    const auto speak = [&samples](std::size_t channel, std::size_t second) {
      for (std::size_t i = second * 8000; i < (second + 1) * 8000; ++i)
        samples[i * 2 + channel] = i % 2 == 0 ? 3000 : -3000;
    };
    speak(0, 1);
    speak(1, 3);
    speak(1, 7);
    return audio::wav_header(8000, 2, 320'000) + testing::samples_as_bytes(samples);
  }
  ManualClock clock_;
};

TEST_F(OpenAiFileTest, EachSideIsPlacedWhereItSpoke) {
  serve_all();
  on_request_ = [this](const net::HttpRequest&) {
    net::HttpResponse response;
    response.content_type = "application/json";
    response.body = R"({"text":"part )" + std::to_string(requests_.size()) + "\"}";
    return response;
  };
  const auto transcript = transcribe(recording());
  ASSERT_TRUE(transcript) << vendor::describe(transcript.error());
  ASSERT_EQ(transcript->segments.size(), 3U);
  EXPECT_EQ(transcript->segments[0], (FileSegment{0, 0.8, 2.2, "part 1"}));
  EXPECT_EQ(transcript->segments[1].channel, 1);
  EXPECT_EQ(transcript->segments[1].text, "part 2");
  EXPECT_DOUBLE_EQ(transcript->segments[2].start_s, 6.8);
  EXPECT_EQ(books_.usages.size(), 3U);
  EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
}

TEST_F(OpenAiFileTest, SilenceIsNotSent) {
  serve_all();
  const auto transcript = transcribe(audio::wav_header(8000, 1, 16'000) + std::string(16'000, '\0'));
  ASSERT_TRUE(transcript);
  EXPECT_TRUE(transcript->segments.empty());
  EXPECT_TRUE(requests_.empty());
}

TEST_F(OpenAiFileTest, ErrorsAreTold) {
  serve_all();
  EXPECT_EQ(transcribe("no file").error().fault, Fault::bad_request);
  EXPECT_TRUE(requests_.empty());
  on_request_ = [](const net::HttpRequest&) {
    net::HttpResponse response;
    response.status = 401;
    response.body = R"({"error":{"code":"invalid_api_key","message":"m"}})";
    return response;
  };
  EXPECT_EQ(transcribe(recording()).error().fault, Fault::bad_key);
  on_request_ = [](const net::HttpRequest&) { return testing::json_answer(200, "hello"); };
  EXPECT_EQ(transcribe(recording(), "whisper-1").error().fault, Fault::protocol);
}

}  // namespace
}  // namespace parley::speech

#include "speech/openai/openai_tts.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "net/tcp.hpp"
#include "speech/tests/vendor_fixture.hpp"

namespace parley::speech {
namespace {

using testing::SpeechLog;
using vendor::Fault;

class OpenAiVoiceTest : public testing::VendorTest {
 protected:
  void TearDown() override {
    job_.reset();
    VendorTest::TearDown();
  }
  void start(int rate_hz = 8000) {
    auto request = tts_request("Hello there.");
    request.sample_rate_hz = rate_hz;
    tts_.emplace(account("openai", "/v1"), clock_);
    job_ = tts_->start(std::move(request), log_);
  }
  void answer(int status, std::string type, std::string body) {
    on_request_ = [status, type = std::move(type), body = std::move(body)](const net::HttpRequest&) {
      net::HttpResponse response;
      response.status = status;
      response.content_type = type;
      response.body = body;
      return response;
    };
  }

  ManualClock clock_;
  std::optional<OpenAiTts> tts_;
  SpeechLog log_;
  std::unique_ptr<TtsJob> job_;
};

TEST_F(OpenAiVoiceTest, SoundComesAtTheRateOfTheCall) {
  serve_all();
  answer(200, "audio/pcm", std::string(48'001, '\1'));
  start();
  run_until([&] { return log_.over(); });
  ASSERT_FALSE(log_.error) << vendor::describe(*log_.error);
  EXPECT_EQ(log_.audio.size(), 8000U);
  EXPECT_EQ(requests_.at(0).path, "/v1/audio/speech");
  ASSERT_EQ(books_.usages.size(), 1U);
  EXPECT_EQ(books_.usages[0].characters, 12);
  EXPECT_FALSE(books_.usages[0].estimated);
}

TEST_F(OpenAiVoiceTest, AnErrorOfTheVendorIsToldWithItsFix) {
  serve_all();
  answer(404, "application/json",
         R"({"error":{"message":"no such model","type":"invalid_request_error","code":"model_not_found"}})");
  start();
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::unknown_model);
  EXPECT_EQ(log_.error->model, "gpt-4o-mini-tts");
  EXPECT_TRUE(books_.usages.empty());
}

TEST_F(OpenAiVoiceTest, TextInPlaceOfSoundIsNotPlayed) {
  serve_all();
  answer(200, "application/json", R"({"hello":"there"})");
  start();
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::protocol);
  EXPECT_TRUE(log_.audio.empty());
}

TEST_F(OpenAiVoiceTest, AnAnswerWithoutSoundIsAnError) {
  serve_all();
  answer(200, "audio/pcm", "");
  start();
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::protocol);
}

TEST_F(OpenAiVoiceTest, EndlessSoundIsEnded) {
  serve_all();
  answer(200, "audio/pcm", std::string(6'000'000, '\1'));
  start();
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.ends, 0);
}

TEST_F(OpenAiVoiceTest, CancellingInAnyPhaseLeavesNoTransfer) {
  serve_all();
  answer(200, "audio/pcm", std::string(480'000, '\1'));
  start();
  job_.reset();
  EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
  ASSERT_EQ(books_.usages.size(), 1U);
  EXPECT_TRUE(books_.usages[0].estimated);
  start();
  run_until([&] { return !requests_.empty(); });
  job_.reset();
  EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
  log_.on_piece = [&] { job_.reset(); };
  start();
  run_until([&] { return log_.pieces == 1; });
  context_->run_for(std::chrono::milliseconds(20));
  EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
  EXPECT_FALSE(log_.over());
  EXPECT_EQ(log_.pieces, 1);
}

// A server that breaks off in the middle of its answer.
async::Task<> break_off(net::TcpSocket socket) {
  std::string request;
  constexpr boost::asio::use_awaitable_t<async::Executor> token{};
  co_await boost::asio::async_read_until(socket, boost::asio::dynamic_buffer(request), "\r\n\r\n", token);
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Type: audio/pcm\r\nContent-Length: 100000\r\n\r\n" +
                             std::string(4801, '\1');
  co_await boost::asio::async_write(socket, boost::asio::buffer(answer), token);
}

TEST_F(OpenAiVoiceTest, ABreakInTheMiddleFails) {
  boost::asio::ip::tcp::acceptor acceptor(*context_, {boost::asio::ip::address_v4::loopback(), 0});
  net::TcpSocket peer(executor());
  std::exception_ptr failed;
  acceptor.async_accept(peer, [&](boost::system::error_code ec) {
    if (ec) return;
    boost::asio::co_spawn(executor(), break_off(std::move(peer)),
                          [&failed](std::exception_ptr e) { failed = e; });
  });
  tts_.emplace(vendor::Account{.vendor = "openai",
                               .url = "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()),
                               .key = "k-0123456789",
                               .key_setting = "K"},
               clock_);
  job_ = tts_->start(tts_request("Hello."), log_);
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::unreachable);
  EXPECT_EQ(log_.error->vendor, "openai");
}

TEST_F(OpenAiVoiceTest, NobodyThereIsUnreachable) {
  start();
  run_until([&] { return log_.over(); });
  ASSERT_TRUE(log_.error);
  EXPECT_EQ(log_.error->fault, Fault::unreachable);
  EXPECT_TRUE(books_.usages.empty());
}

}  // namespace
}  // namespace parley::speech

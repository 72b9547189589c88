// What is said of a vendor's key, by a server that plays the vendor on a thread of its own.
#include "app/key_check.hpp"

#include <atomic>
#include <future>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>

#include "net/prompt_handlers.hpp"

namespace parley::app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Level = control::SetupFinding::Level;

auto finding(Level level, std::string_view about, const std::string& text) {
  return ElementsAre(AllOf(Field(&control::SetupFinding::level, level),
                           Field(&control::SetupFinding::about, std::string(about)),
                           Field(&control::SetupFinding::text, HasSubstr(text))));
}

class KeyCheckTest : public testing::Test {
 protected:
  void SetUp() override {
    net::PromptHandlers handlers;
    handlers.request = [this](const net::HttpRequest& request) {
      ++asked_;
      net::HttpResponse response;
      const bool good = request.header("authorization") == "Bearer good-key-0123456789";
      response.status = good ? status_.load() : 401;
      response.content_type = "application/json";
      // Vendors say what they were sent.
      const std::string key(request.header("authorization").substr(std::string_view("Bearer ").size()));
      response.body =
          response.status == 200 ? R"({"data":[]})" : R"({"error":{"message":"not with )" + key + R"("}})";
      return response;
    };
    net::HttpServerOptions options;
    options.port = 0;
    auto listening = net::HttpServer::listen(context_, options, std::move(handlers));
    ASSERT_TRUE(listening) << describe(listening.error());
    server_ = std::move(*listening);
    url_ = "http://127.0.0.1:" + std::to_string(server_->port());
    thread_ = std::thread([this] { context_.run(); });
  }
  void TearDown() override {
    boost::asio::post(context_, [this] { server_.reset(); });
    thread_.join();
    pool_.stop();
  }

  WorkspaceVendors& vendors() {
    if (!vendors_) {
      vendors_.emplace(
          WorkspaceVendors::Dependencies{.settings = settings_,
                                         .clock = system_clock(),
                                         .speech = cache_,
                                         .breakers = breakers_,
                                         .own = {},
                                         .policy = std::make_shared<const net::AddressPolicy>(allowed_),
                                         .notes = nullptr});
    }
    return *vendors_;
  }
  control::SetupFindings check(const std::string& provider = "openai") {
    async::asio::io_context context(1);
    auto done = async::asio::co_spawn(
        context, check_key({context.get_executor(), pool_, vendors(), system_clock()}, "default", provider),
        async::asio::use_future);
    while (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
      context.run_one();
    auto findings = done.get();
    for (const auto& one : findings)
      EXPECT_THAT(one.text + one.fix, Not(HasSubstr("key-0123456789")));
    return findings;
  }

  settings::Settings settings_;
  settings::IpAllowList allowed_;
  std::atomic<int> status_ = 200;
  std::atomic<int> asked_ = 0;
  std::string url_;
  metrics::Registry registry_;
  async::BlockingPool pool_{{.name = "files", .threads = 1, .queue_limit = 8}};
  speech::SpeechCache cache_{{.directory = {}, .disk_bytes = 0}, pool_, registry_};
  vendor::CircuitBreakers breakers_{system_clock()};
  std::optional<WorkspaceVendors> vendors_;
  boost::asio::io_context context_{1};
  std::unique_ptr<net::HttpServer> server_;
  std::thread thread_;
};

TEST_F(KeyCheckTest, AKeyThatIsTakenAndOneThatIsNot) {
  settings_.vendors.openai = {"good-key-0123456789", url_};
  EXPECT_THAT(check(), finding(Level::ok, "key", "openai takes the key"));
  EXPECT_EQ(asked_, 1);
  vendors_.reset();
  settings_.vendors.openai.key = "bad-key-0123456789";
  EXPECT_THAT(check(), finding(Level::error, "key", "(401)"));
}

TEST_F(KeyCheckTest, TheWorkspacesKeyGoesBeforeTheServers) {
  settings_.vendors.openai = {"good-key-0123456789", url_};
  vendors().set_keys({{"default", "openai", "bad-key-0123456789", ""}});
  EXPECT_THAT(check(), finding(Level::error, "key", "(401)"));
  vendors().set_keys({});
  EXPECT_THAT(check(), finding(Level::ok, "key", "takes the key"));
}

TEST_F(KeyCheckTest, AVendorInTroubleSaysNothingOfTheKey) {
  settings_.vendors.openai = {"good-key-0123456789", url_};
  status_ = 503;
  EXPECT_THAT(check(), finding(Level::warning, "reach", "(503)"));
  settings_.vendors.openai.url = "http://127.0.0.1:1";
  vendors_.reset();
  EXPECT_THAT(check(), finding(Level::error, "reach", "127.0.0.1"));
}

TEST_F(KeyCheckTest, WithoutAKeyNobodyIsAsked) {
  EXPECT_THAT(check(), IsEmpty());
  settings_.vendors.openai.url = url_;
  vendors_.reset();
  EXPECT_THAT(check(), IsEmpty());
  EXPECT_EQ(asked_, 0);
  EXPECT_THAT(check("brain"), finding(Level::warning, "key", "nothing that could be asked"));
}

TEST_F(KeyCheckTest, AnAddressThatTheWorkspaceMayNotNameIsNotAsked) {
  vendors().set_keys({{"default", "openai", "good-key-0123456789", url_}});
  EXPECT_THAT(check(), finding(Level::error, "key", "the address of openai"));
  EXPECT_EQ(asked_, 0);
}

}  // namespace
}  // namespace parley::app

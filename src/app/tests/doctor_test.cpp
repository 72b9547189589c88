// The doctor against a server that plays all vendors, on a thread of its own: the doctor blocks.
#include "app/doctor.hpp"

#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "base/tests/temporary_directory.hpp"
#include "net/prompt_handlers.hpp"

namespace parley::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using vendor::Fault;

constexpr std::string_view kKey = "secret-key-0123456789";

class DoctorTest : public ::testing::Test {
 protected:
  ~DoctorTest() override {
    if (!thread_.joinable()) return;
    boost::asio::post(context_, [this] { server_.reset(); });
    thread_.join();
  }

  // Each vendor has a folder of its own on the one server.
  void serve(std::function<net::HttpResponse(const net::HttpRequest&)> answer) {
    net::PromptHandlers handlers;
    handlers.request = std::move(answer);
    net::HttpServerOptions options;
    options.port = 0;
    auto listening = net::HttpServer::listen(context_, options, std::move(handlers));
    ASSERT_TRUE(listening) << describe(listening.error());
    server_ = std::move(*listening);
    base_ = "http://127.0.0.1:" + std::to_string(server_->port());
    thread_ = std::thread([this] { context_.run(); });
  }
  void set_up(settings::VendorAccess settings::Settings::Vendors::* vendor, std::string folder) {
    settings_.vendors.*vendor = {std::string(kKey), base_ + folder};
  }
  static net::HttpResponse answer(int status, std::string body) {
    net::HttpResponse response;
    response.status = status;
    response.content_type = "application/json";
    response.body = std::move(body);
    return response;
  }
  std::optional<KeyCheckup> of(std::string_view vendor) {
    for (auto& checkup : check_keys(settings_, system_clock())) {
      if (checkup.vendor == vendor) return checkup;
    }
    return std::nullopt;
  }
  std::string told(bool json, int expected_code) {
    std::ostringstream out;
    EXPECT_EQ(run_doctor(settings_, system_clock(), json, out), expected_code);
    EXPECT_THAT(out.str(), Not(HasSubstr(kKey)));
    EXPECT_THAT(out.str(), Not(HasSubstr("0123456789")));
    return out.str();
  }

  settings::Settings settings_;
  TemporaryDirectory directory_;
  std::string base_;
  boost::asio::io_context context_{1};
  std::unique_ptr<net::HttpServer> server_;
  std::thread thread_;
};

using Vendors = settings::Settings::Vendors;

TEST_F(DoctorTest, AGoodKeyWorksAndItsModelsAreCounted) {
  std::vector<net::HttpRequest> requests;
  serve([&](const net::HttpRequest& request) {
    requests.push_back(request);
    return answer(200,
                  R"({"data":[{"id":"gpt-4o","shutdown_date":"2027-01-14"},{"id":"gpt-9"},{"id":7},5]})");
  });
  set_up(&Vendors::openai, "/v1");
  const auto checkup = of("openai");
  ASSERT_TRUE(checkup);
  EXPECT_FALSE(checkup->error);
  EXPECT_TRUE(checkup->has_key && checkup->asked);
  EXPECT_THAT(checkup->models, ElementsAre("gpt-4o", "gpt-9"));
  EXPECT_THAT(checkup->notes, ElementsAre("gpt-4o ends on 2027-01-14, says openai"));
  EXPECT_GT(checkup->first.count(), 0);
  EXPECT_GT(checkup->warm.count(), 0);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].path, "/v1/models");
  EXPECT_EQ(requests[0].header("authorization"), "Bearer " + std::string(kKey));
}

TEST_F(DoctorTest, EachVendorIsAskedInItsOwnWay) {
  std::map<std::string, net::HttpRequest> requests;
  serve([&](const net::HttpRequest& request) {
    requests.emplace(request.path, request);
    return answer(200, "{}");
  });
  set_up(&Vendors::deepgram, "/d");
  set_up(&Vendors::gemini, "/g");
  set_up(&Vendors::elevenlabs, "/e");
  set_up(&Vendors::sarvam, "/s");
  set_up(&Vendors::azure, "/a");
  told(true, 0);
  const std::string key(kKey);
  EXPECT_EQ(requests.at("/d/v1/projects").header("authorization"), "Token " + key);
  EXPECT_EQ(requests.at("/g/v1beta/models").header("x-goog-api-key"), key);
  EXPECT_EQ(requests.at("/e/v1/models").header("xi-api-key"), key);
  EXPECT_EQ(requests.at("/s/text-to-speech").header("api-subscription-key"), key);
  EXPECT_EQ(requests.at("/a/openai/models").header("api-key"), key);
}

TEST_F(DoctorTest, ABadKeyNamesItsSettingAndShowsNoKey) {
  serve([&](const net::HttpRequest&) {
    return answer(
        401, R"({"error":{"message":"Incorrect API key provided: secret-key-0123456789. Find yours."}})");
  });
  set_up(&Vendors::openai, "/v1");
  EXPECT_EQ(of("openai")->error->fault, Fault::bad_key);
  const auto text = told(false, 1);
  EXPECT_THAT(text, HasSubstr("bad_key"));
  EXPECT_THAT(text, HasSubstr("Incorrect API key provided"));
  EXPECT_THAT(text, HasSubstr("OPENAI_API_KEY"));
  EXPECT_THAT(text, Not(HasSubstr("{"))) << "the vendor's sentence, not its JSON";
  const auto json = boost::json::parse(told(true, 1));
  for (const auto& vendor : json.at("vendors").as_array()) {
    if (vendor.at("vendor") == "openai") {
      EXPECT_FALSE(vendor.at("works").as_bool());
      EXPECT_EQ(vendor.at("fault").as_string(), "bad_key");
    } else {
      EXPECT_TRUE(vendor.at("works").is_null());
    }
  }
}

TEST_F(DoctorTest, GeminisBadRequestMayMeanABadKey) {
  serve([&](const net::HttpRequest& request) {
    return request.path.starts_with("/g")
               ? answer(400,
                        R"({"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT",
                                "details":[{"reason":"API_KEY_INVALID"}]}})")
               : answer(200, "{}");
  });
  set_up(&Vendors::gemini, "/g");
  EXPECT_EQ(of("gemini")->error->fault, Fault::bad_key);
}

TEST_F(DoctorTest, SarvamRefusingAnEmptyRequestMeansAGoodKey) {
  int status = 422;
  serve(
      [&](const net::HttpRequest&) { return answer(status, R"({"error":{"message":"text is required"}})"); });
  set_up(&Vendors::sarvam, "/s");
  EXPECT_FALSE(of("sarvam")->error);
  status = 400;
  EXPECT_FALSE(of("sarvam")->error);
  status = 403;
  EXPECT_EQ(of("sarvam")->error->fault, Fault::bad_key);
}

TEST_F(DoctorTest, FaultsAreToldApart) {
  std::pair<int, std::string> next;
  serve([&](const net::HttpRequest&) { return answer(next.first, next.second); });
  set_up(&Vendors::elevenlabs, "/e");
  const auto fault = [&](int status, std::string body) {
    next = {status, std::move(body)};
    return of("elevenlabs")->error->fault;
  };
  EXPECT_EQ(fault(401, R"({"detail":{"status":"quota_exceeded","message":"pay"}})"), Fault::no_credit);
  EXPECT_EQ(fault(429, "{}"), Fault::rate_limited);
  EXPECT_EQ(fault(503, "<html>busy</html>"), Fault::overloaded);
  EXPECT_EQ(fault(404, "not here"), Fault::bad_request) << "the address is wrong, no model was named";
  EXPECT_EQ(fault(403, R"({"error":{"code":"unsupported_country_region_territory"}})"), Fault::region);
}

TEST_F(DoctorTest, AVendorThatCannotBeReachedIsSaidSo) {
  settings_.vendors.deepgram = {std::string(kKey), "http://127.0.0.1:1"};
  const auto checkup = of("deepgram");
  EXPECT_EQ(checkup->error->fault, Fault::unreachable);
  EXPECT_EQ(checkup->warm.count(), 0);
  EXPECT_THAT(told(false, 1), HasSubstr("unreachable"));
}

TEST_F(DoctorTest, WithoutKeysNobodyIsAskedAndAllIsWell) {
  EXPECT_THAT(told(false, 0), HasSubstr("No key is set"));
  EXPECT_FALSE(of("ollama")) << "not set up and not usual";
  for (const auto& checkup : check_keys(settings_, system_clock()))
    EXPECT_FALSE(checkup.asked) << checkup.vendor;
}

TEST_F(DoctorTest, AServerOfOnesOwnNeedsNoKey) {
  serve([&](const net::HttpRequest& request) {
    EXPECT_EQ(request.header("authorization"), "");
    return answer(200, "{}");
  });
  settings_.vendors.ollama = {"", base_ + "/v1"};
  const auto checkup = of("ollama");
  ASSERT_TRUE(checkup);
  EXPECT_TRUE(checkup->asked);
  EXPECT_FALSE(checkup->has_key);
  EXPECT_FALSE(checkup->error);
}

TEST_F(DoctorTest, AnAgentsModelsThatEndAreWarnedOf) {
  serve([&](const net::HttpRequest&) {
    return answer(
        200,
        R"({"data":[{"id":"gpt-9","shutdown_date":1900000000},{"id":"gpt-8","shutdown_date":"2030-01-01"}]})");
  });
  set_up(&Vendors::openai, "/v1");
  settings_.agents.directory = directory_.path().string();
  std::ofstream(directory_.path() / "old.yaml")
      << "name: old\nllm: {provider: openai, model: gpt-4, fallbacks: [{provider: openai, model: gpt-9}]}\n";
  settings_.agents.default_agent = "old";
  const auto text = told(false, 0);
  EXPECT_THAT(text, HasSubstr("warning: agent 'old', llm: openai gpt-4 "));
  EXPECT_THAT(text, HasSubstr("warning: agent 'old': gpt-9 ends on 2030-03-17, says openai"));
  EXPECT_THAT(text, Not(HasSubstr("gpt-8")));
  const auto json = boost::json::parse(told(true, 0));
  EXPECT_EQ(json.at("warnings").as_array().size(), 2U);
}

TEST_F(DoctorTest, AnAgentThatCannotBeReadIsAWarning) {
  settings_.agents.default_agent = "nobody";
  EXPECT_THAT(told(false, 0), HasSubstr("warning: "));
}

}  // namespace
}  // namespace parley::app

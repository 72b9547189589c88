#include "api/idempotency.hpp"

#include <future>

#include "api/tests/api_fixture.hpp"

namespace parley::api {
namespace {

using testing::HasSubstr;

class IdempotencyTest : public ApiTest {
 protected:
  net::HttpResponse make(const std::string& key, const std::string& body = R"({"name":"x"})",
                         Headers headers = {}) {
    headers.emplace_back("idempotency-key", key);
    return ask("POST", "/api/v1/things", std::move(headers), body);
  }
  // A handler that counts, and answers with that.
  void answer_with(std::function<ApiResult(int)> answer) {
    api().on("makeThing", [this, answer = std::move(answer)](const ApiRequest&) { return answer(++made_); });
  }
  static ApiResult numbered(int number) {
    ApiAnswer answer;
    answer.status = 201;
    answer.body = boost::json::object{{"number", number}};
    answer.etag = number;
    answer.headers.emplace_back("Location", "/api/v1/things/1");
    return answer;
  }
  int made_ = 0;
};

TEST_F(IdempotencyTest, TheSameRequestIsDoneOnce) {
  answer_with(numbered);
  const auto first = make("k1");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(header(first, "Idempotency-Replayed"), "");
  const auto second = make("k1");
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(second.content_type, "application/json");
  EXPECT_EQ(header(second, "Idempotency-Replayed"), "true");
  EXPECT_EQ(header(second, "ETag"), "\"1\"");
  EXPECT_EQ(header(second, "Location"), "/api/v1/things/1");
  EXPECT_EQ(made_, 1);
  EXPECT_EQ(audits().size(), 1U);
  EXPECT_EQ(make("k2").status, 201);
  EXPECT_EQ(made_, 2);
}

TEST_F(IdempotencyTest, AKeyIsForOneRequestOfOneClient) {
  answer_with(numbered);
  make("k1");
  const auto other = make("k1", R"({"name":"y"})");
  EXPECT_EQ(other.status, 409);
  EXPECT_THAT(other.body, HasSubstr("used for another request"));
  const std::string key = make_key({"*:admin"});
  EXPECT_EQ(make("k1", R"({"name":"x"})", {{"x-api-key", key}}).status, 409);
  EXPECT_EQ(ask("POST", "/api/v1/things/special", {{"idempotency-key", "k1"}}).status, 409);
  EXPECT_EQ(made_, 1);
}

TEST_F(IdempotencyTest, WhileTheFirstIsAtWorkTheSecondIsToldToWait) {
  std::promise<void> release;
  std::promise<void> begun;
  api().on("makeThing", [&, waiting = release.get_future().share()](const ApiRequest&) -> ApiResult {
    begun.set_value();
    waiting.wait();
    return ApiAnswer();
  });
  std::optional<net::HttpResponse> first;
  async::asio::co_spawn(
      executor(),
      api().handle(request("POST", "/api/v1/things", {{"idempotency-key", "k"}}, R"({"name":"x"})")),
      [&](std::exception_ptr, net::HttpResponse response) { first = std::move(response); });
  context_.restart();
  context_.poll();
  begun.get_future().wait();
  const auto second = make("k");
  EXPECT_EQ(second.status, 409);
  EXPECT_THAT(second.body, HasSubstr("urn:parley:problem:still-at-work"));
  EXPECT_EQ(header(second, "Retry-After"), "1");
  release.set_value();
  run_until([&] { return first.has_value(); });
  EXPECT_EQ(first->status, 200);
}

TEST_F(IdempotencyTest, AnAnswerThatFailedOnOurSideIsNotKept) {
  answer_with([](int number) -> ApiResult {
    if (number == 1) throw std::runtime_error("no");
    if (number == 2) return std::unexpected(unavailable("not now"));
    return numbered(number);
  });
  EXPECT_EQ(make("k").status, 500);
  EXPECT_EQ(make("k").status, 503);
  EXPECT_EQ(make("k").status, 201);
  EXPECT_EQ(made_, 3);
}

TEST_F(IdempotencyTest, AClientsOwnMistakeIsKept) {
  answer_with([](int) -> ApiResult { return std::unexpected(conflict("in use")); });
  EXPECT_EQ(make("k").status, 409);
  EXPECT_EQ(header(make("k"), "Idempotency-Replayed"), "true");
  EXPECT_EQ(made_, 1);
}

TEST_F(IdempotencyTest, ASecretIsNotKeptAndNothingIsDoneTwice) {
  answer_with([](int number) -> ApiResult {
    auto answer = numbered(number);
    answer->body = boost::json::object{{"token", "pk_secret"}};
    answer->keep = false;
    return answer;
  });
  EXPECT_THAT(make("k").body, HasSubstr("pk_secret"));
  const auto again = make("k");
  EXPECT_EQ(again.status, 409);
  EXPECT_THAT(again.body, HasSubstr("urn:parley:problem:done-already"));
  EXPECT_THAT(again.body, HasSubstr("was done already"));
  EXPECT_EQ(made_, 1);
}

TEST_F(IdempotencyTest, KeysAreVisibleCharacters) {
  EXPECT_EQ(make("with space").status, 400);
  EXPECT_EQ(make(std::string(256, 'k')).status, 400);
  EXPECT_EQ(make("caf\xC3\xA9").status, 400);
  EXPECT_EQ(make(std::string(255, 'k')).status, 200);
}

TEST_F(IdempotencyTest, WhatAProcessThatDiedLeftIsTakenOver) {
  answer_with(numbered);
  ApiRequest asked;
  asked.operation = description_->find("makeThing");
  asked.principal = control::local_principal();
  asked.content_type = "application/json";
  asked.raw_body = R"({"name":"x"})";
  Idempotency idempotency(*store_, clock_);
  const auto print = Idempotency::fingerprint(asked, "/api/v1/things", "");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(idempotency.begin(asked, "k", print)));
  EXPECT_EQ(make("k").status, 409);
  clock_.advance(121s);
  EXPECT_EQ(make("k").status, 201);
}

async::Task<net::HttpResponse> poked(int number) {
  net::HttpResponse response;
  response.status = 202;
  response.body = std::to_string(number);
  co_return response;
}

class OnePiece final : public net::BodySource {
 public:
  async::Task<Result<std::optional<std::string>>> next() override { co_return std::optional<std::string>(); }
};
async::Task<net::HttpResponse> streamed() {
  net::HttpResponse response;
  response.source = std::make_shared<OnePiece>();
  co_return response;
}

TEST_F(IdempotencyTest, WhatDoesNotBlockIsDoneOnceToo) {
  api().on("poke", nullptr);
  api().on_stream("poke", [this](const auto&) { return poked(++made_); });
  const auto poke = [this](const std::string& key) {
    return ask("POST", "/api/v1/things/special", {{"idempotency-key", key}});
  };
  EXPECT_EQ(poke("k1").body, "1");
  const auto again = poke("k1");
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.body, "1");
  EXPECT_EQ(header(again, "Idempotency-Replayed"), "true");
  EXPECT_EQ(poke("k2").body, "2");
  EXPECT_EQ(poke("a key").status, 400);
  EXPECT_EQ(made_, 2);
}

TEST_F(IdempotencyTest, OfAStreamItIsToldThatItWasDone) {
  api().on("poke", nullptr);
  api().on_stream("poke", [this](const auto&) {
    ++made_;
    return streamed();
  });
  EXPECT_EQ(ask("POST", "/api/v1/things/special", {{"idempotency-key", "k1"}}).status, 200);
  EXPECT_EQ(ask("POST", "/api/v1/things/special", {{"idempotency-key", "k1"}}).status, 409);
  EXPECT_EQ(made_, 1);
}

}  // namespace
}  // namespace parley::api

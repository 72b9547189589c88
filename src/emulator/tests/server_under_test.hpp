// The emulator with a small server behind it that answers whatever a test wants, and a client that asks the
// emulator as the server's own REST client would.
#pragma once

#include <future>
#include <string>
#include <string_view>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "caller/tests/tiny_agent.hpp"
#include "emulator/exotel_emulator.hpp"
#include "emulator/world_file.hpp"
#include "net/http_client.hpp"
#include "net/url.hpp"

namespace parley::emulator {

namespace json = boost::json;
using caller::answer_of;
using caller::TinyAgent;

inline constexpr std::string_view kWorld = R"(
speed: 100
max_ringing: 5s
callbacks: {retry_after: [1s, 1s]}
accounts:
  - {sid: acme1, api_key: key, api_token: token}
  - {sid: poor1, api_key: key, api_token: token, refuses: no_balance}
  - {sid: full1, api_key: key, api_token: token, max_streams: 0}
  - {sid: slow1, api_key: key, api_token: token, requests_per_minute: 2}
  - {sid: shut1, api_key: key, api_token: token, private_recordings: true}
phones:
  - {number: "08000000000", account: acme1, flow: bot, status_callback: "{server}/status"}
  - {number: "08000000001", account: acme1, flow: offline}
  - {number: "08000000002", account: poor1}
  - {number: "08000000003", account: acme1, flow: menu}
  - {number: "08000000004", account: acme1, flow: odd}
  - {number: "08000000005", account: full1, flow: odd}
  - {number: "08000000006", account: acme1, flow: forked}
  - {number: "08000000007", account: acme1, flow: asked}
  - {number: "08000000008", account: shut1, flow: offline}
flows:
  - id: bot
    applets:
      - {name: greet, greeting: {url: "{server}/greeting"}}
      - {name: bot, voicebot: {url: "{server}/endpoint", parameters: {campaign: "7"}, record: true}}
      - {name: decide, passthru: {url: "{server}/passthru", on_200: end, on_302: human}}
      - {name: human, connect: {url: "{server}/connect", answered: end, unanswered: sorry}}
      - {name: sorry, greeting: {text: "Nobody is there."}}
      - {name: end, hangup: {}}
  - id: offline
    applets:
      - answer_url: {url: "{server}/incoming"}
  - id: menu
    applets:
      - {name: ask, gather: {prompt: "Press a key."}}
      - {name: word, passthru: {url: "{server}/word"}}
      - name: choice
        switch_case: {cases: {sales: direct}, otherwise: end}
      - {name: direct, connect: {numbers: ["+919800000002", "+919800000009"]}}
      - {name: end, hangup: {}}
  - id: odd
    variants: {keys: camel, numbers: integer, stream_json: true, e164: true, other_to: "09513886363"}
    applets:
      - voicebot: {url: "{server}/endpoint"}
      - passthru: {url: "{server}/passthru"}
  - id: forked
    applets:
      - stream: {url: "{server_ws}/fork"}
      - {name: wait, greeting: {text: "Please hold the line for a moment, one of us will be with you."}}
      - stream: {}
      - greeting: {text: "Good bye, and thank you very much."}
  - id: asked
    applets:
      - gather: {url: "{server}/gather"}
      - passthru: {url: "{server}/keys"}
people:
  - {number: "+919800000001", after: 1s}
  - {number: "+919800000002", answer: busy}
  - {number: "+919800000003", answer: no_answer}
  - {number: "+919800000004", answer: failed}
  - {number: "+919800000005", answer: voicemail}
  - {number: "+919800000006", hangs_up_after: 20s}
  - {number: "+919800000007", keys: "8123"}
  - {number: "+919800000008", script: ["dtmf 1\nsilence 40ms\nhangup"]}
  - {number: "+919800000009", talks_for: 5s}
  - {number: "+919800000011", callbacks: out_of_order}
  - {number: "+919800000012", callbacks: twice}
  - {number: "+919800000013", callbacks: never}
  - {number: "+919800000014", callbacks: late}
)";

struct EmulatorTest : ::testing::Test {
  TinyAgent agent;
  async::Shard shard{"client"};
  std::unique_ptr<ExotelEmulator> exotel;

  explicit EmulatorTest(TinyAgent::Behaviour behaviour = {.greeting_ms = 100, .hang_up_after_media = 15})
      : agent(behaviour) {
    agent.on_request = [this](const net::HttpRequest& request) { return answer(request); };
    auto world = read_world(kWorld, "world.yaml", agent.address("http", ""));
    EXPECT_TRUE(world) << world.error().message;
    auto made = ExotelEmulator::make(*std::move(world), {});
    EXPECT_TRUE(made) << made.error().message;
    exotel = *std::move(made);
  }
  ~EmulatorTest() override { exotel->stop(); }

  // What the server under test says; a test may put other words in.
  std::map<std::string, net::HttpResponse> answers;

  net::HttpResponse answer(const net::HttpRequest& request) {
    bodies.push(request.path + " " + std::string(request.header("content-type")) + " " + request.body);
    if (const auto found = answers.find(request.path); found != answers.end()) return found->second;
    if (request.path == "/endpoint") {
      return answer_of(
          200, "application/json",
          fmt::format(R"({{"url":"{}?lead=5"}})", agent.address("ws", fmt::format("/t{}", ++tokens))));
    }
    if (request.path == "/greeting") return answer_of(200, "text/plain", "Welcome.");
    if (request.path == "/passthru") return answer_of(302, "text/plain", "");
    if (request.path == "/word") return answer_of(200, "text/plain", R"({"select":"sales"})");
    if (request.path == "/connect") {
      return answer_of(200, "application/json",
                       R"({"destination":{"numbers":["+919800000003","+919800000009"]}})");
    }
    return answer_of(200, "text/plain", "");
  }

  // Bodies that came, in order; any thread.
  struct Bodies {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> all;
    void push(std::string body) {
      const std::lock_guard lock(mutex);
      all.push_back(std::move(body));
      changed.notify_all();
    }
    // As soon as there are `count` of them; what there is after ten seconds.
    std::vector<std::string> to(std::string_view path, std::size_t count = 0) {
      std::unique_lock lock(mutex);
      std::vector<std::string> found;
      changed.wait_for(lock, std::chrono::seconds(10), [&] {
        found.clear();
        std::ranges::copy_if(all, std::back_inserter(found), [&](const std::string& body) {
          return body.starts_with(std::string(path) + " ");
        });
        return found.size() >= count;
      });
      return found;
    }
  } bodies;
  std::atomic<int> tokens = 0;

  net::Response ask(std::string method, std::string path, std::string body = {},
                    std::string type = "application/x-www-form-urlencoded", std::string user = "key:token@") {
    net::ClientRequest request;
    request.method = std::move(method);
    request.url = fmt::format("http://{}127.0.0.1:{}{}", user, exotel->port(), path);
    request.body = std::move(body);
    if (!request.body.empty()) request.headers.emplace_back("Content-Type", std::move(type));
    std::promise<Result<net::Response>> promise;
    async::asio::co_spawn(shard.context(), net::fetch(shard.executor(), std::move(request)),
                          [&](const std::exception_ptr&, Result<net::Response> response) {
                            promise.set_value(std::move(response));
                          });
    auto response = promise.get_future().get();
    EXPECT_TRUE(response) << response.error().message;
    return response ? *std::move(response) : net::Response{};
  }
  json::object ask_json(std::string method, std::string path, std::string body = {}) {
    boost::system::error_code error;
    json::value value = json::parse(ask(std::move(method), std::move(path), std::move(body)).body, error);
    return value.is_object() ? value.get_object() : json::object{};
  }
  // Places a call with these parameters besides From and CallerId; its id, or what was answered in its place.
  std::string place(std::string_view from, std::string_view rest) {
    const json::object answer =
        ask_json("POST", "/v1/Accounts/acme1/Calls/connect.json",
                 fmt::format("From={}&CallerId=08000000000&{}", net::url_encode(from), rest));
    const json::value* call = answer.if_contains("Call");
    return call == nullptr ? json::serialize(answer) : std::string(call->at("Sid").as_string());
  }
  std::string straight() { return "StreamType=bidirectional&StreamUrl=" + net::url_encode(agent.address()); }
  static std::string into_flow(std::string_view flow) {
    return "Url=" + net::url_encode(fmt::format("http://my.exotel.com/acme1/exoml/start_voice/{}", flow));
  }
  std::string with_status(std::string_view type = "") {
    std::string text = "&StatusCallback=" + net::url_encode(agent.address("http", "/status")) +
                       "&StatusCallbackEvents[]=answered&StatusCallbackEvents[1]=terminal";
    if (!type.empty()) text += "&StatusCallbackContentType=" + net::url_encode(type);
    return text;
  }
  json::object journal(const std::string& sid) { return ask_json("GET", "/emulator/calls/" + sid); }
  // The journal of a call that is over.
  json::object ended(const std::string& sid) {
    json::object call = ask_json("GET", "/emulator/calls/" + sid + "?wait=20s");
    const json::value* over = call.if_contains("over");
    EXPECT_TRUE(over != nullptr && over->as_bool()) << "the call did not end: " << json::serialize(call);
    return call;
  }
  std::string report() { return json::serialize(ask_json("GET", "/emulator/report")); }
};

// The entries of this kind in a journal.
inline std::vector<json::object> entries(const json::object& call, std::string_view what) {
  std::vector<json::object> found;
  const json::value* list = call.if_contains("journal");
  if (list == nullptr) return found;
  for (const json::value& entry : list->as_array()) {
    if (entry.at("what").as_string() == what) found.push_back(entry.as_object());
  }
  return found;
}

inline std::string text(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) return "(none)";
  return value->is_string() ? std::string(value->as_string()) : json::serialize(*value);
}

}  // namespace parley::emulator

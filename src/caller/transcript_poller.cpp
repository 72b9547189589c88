#include "caller/transcript_poller.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include "caller/dynamic_endpoint.hpp"
#include "net/http_client.hpp"
#include "net/url.hpp"

namespace parley::caller {
namespace {

constexpr std::chrono::milliseconds kInterval{250};
constexpr std::chrono::milliseconds kDeadline{2000};
constexpr std::size_t kMaxBodyBytes = 1024 * 1024;
// The first questions may come before the server has entered the call in its books.
constexpr int kAttempts = 3;

constexpr auto kAwait = async::asio::as_tuple(async::asio::use_awaitable_t<async::Executor>{});

std::string transcript_url(const std::string& stream_url, const std::string& call_sid) {
  const auto url = net::parse_url(stream_url);
  if (!url) return {};
  return fmt::format("{}://{}/api/v1/calls/by-carrier-id/{}/transcript", url->secure() ? "https" : "http",
                     url->authority(), net::url_encode(call_sid));
}

std::string text_of(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool flag_of(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

net::ClientRequest request_to(const std::string& url) {
  net::ClientRequest request;
  request.url = url;
  request.deadline = kDeadline;
  request.max_body_bytes = kMaxBodyBytes;
  return request;
}

}  // namespace

Result<Transcript> parse_transcript(std::string_view body) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(body, error);
  const boost::json::object* object = error ? nullptr : value.if_object();
  const boost::json::value* lines = object != nullptr ? object->if_contains("lines") : nullptr;
  if (lines == nullptr || !lines->is_array()) return fail(Errc::protocol, "no transcript");
  Transcript transcript;
  transcript.state = TranscriptState::available;
  for (const boost::json::value& line : lines->get_array()) {
    const boost::json::object* entry = line.if_object();
    if (entry == nullptr) return fail(Errc::protocol, "a line of the transcript is no object");
    transcript.lines.push_back({text_of(*entry, "who") == "agent", text_of(*entry, "text"),
                                flag_of(*entry, "final"), flag_of(*entry, "interrupted")});
  }
  return transcript;
}

TranscriptPoller::TranscriptPoller(async::Executor executor, const std::string& stream_url,
                                   const std::string& call_sid, std::function<void(Transcript)> on_transcript)
    : executor_(executor),
      url_(transcript_url(stream_url, call_sid)),
      on_transcript_(std::move(on_transcript)) {}

async::Task<bool> TranscriptPoller::ask() {
  const auto response = co_await net::fetch(executor_, request_to(url_));
  if (!response || response->status != 200) co_return false;
  auto transcript = parse_transcript(response->body);
  if (!transcript) co_return false;
  on_transcript_(*std::move(transcript));
  co_return true;
}

async::Task<> TranscriptPoller::run() {
  async::Timer timer(executor_);
  bool known = false;
  for (int failures = 0; known || failures < kAttempts;) {
    timer.expires_after(kInterval);
    const auto [error] = co_await timer.async_wait(kAwait);
    if (error) co_return;
    if (co_await ask()) {
      known = true;
    } else {
      ++failures;
    }
  }
  on_transcript_({TranscriptState::unavailable, {}});
}

}  // namespace parley::caller

#include "emulator/exchange.hpp"

#include <fmt/format.h>

#include "async/signal.hpp"
#include "base/ascii.hpp"
#include "net/url.hpp"

namespace parley::emulator {
namespace {

constexpr std::size_t kMaxAnswerBytes = 1024 * 1024;
constexpr std::size_t kJournalledBody = 4096;

// The request has a task of its own, so that the emulator's end can break it off while whoever waits for it
// goes on in good order.
struct Pending {
  explicit Pending(async::Executor executor) : done(executor) {}
  async::Signal done;
  bool finished = false;
  Result<net::Response> answer = fail(Errc::cancelled, "the emulator is ending");
};

struct FinishedAtEnd {
  std::shared_ptr<Pending> pending;
  ~FinishedAtEnd() {
    pending->finished = true;
    pending->done.notify();
  }
};

async::Task<> fetch_into(async::Executor executor, net::ClientRequest request,
                         std::shared_ptr<Pending> pending) {
  const FinishedAtEnd guard{pending};
  pending->answer = co_await net::fetch(executor, std::move(request));
}

}  // namespace

std::string Answer::content_type() const {
  if (!response) return {};
  const auto header = net::find_header(response->headers, "content-type");
  if (!header) return {};
  return to_lower(trimmed(header->substr(0, header->find(';'))));
}

const std::string& Answer::body() const {
  static const std::string kNone;
  return response ? response->body : kNone;
}

async::Task<Answer> ask(const Parts& parts, std::shared_ptr<EmulatedCall> call, Question question) {
  net::ClientRequest request;
  request.method = question.method;
  request.url = question.url;
  request.headers = question.headers;
  request.body = question.body;
  request.deadline = question.deadline;
  request.max_body_bytes = kMaxAnswerBytes;
  const auto pending = std::make_shared<Pending>(parts.executor);
  const SteadyTime begun = parts.clock.now();
  parts.requests.spawn(fetch_into(parts.executor, std::move(request), pending));
  // Dropped unstarted when the group was cancelled: the guard was never made.
  while (!pending->finished && pending.use_count() > 1)
    co_await pending->done.wait_for(milliseconds(1000));
  Answer answer{std::move(pending->answer),
                std::chrono::duration_cast<milliseconds>(parts.clock.now() - begun)};
  json::object detail{
      {"method", question.method}, {"url", without_credentials(question.url)}, {"ms", answer.took.count()}};
  if (!question.body.empty()) detail["body"] = question.body.substr(0, kJournalledBody);
  if (answer.response) {
    detail["status"] = answer.status();
    detail["contentType"] = answer.content_type();
    detail["answer"] = answer.body().substr(0, kJournalledBody);
  } else {
    detail["error"] = answer.response.error().message;
  }
  call->note(question.what, std::move(detail));
  co_return answer;
}

std::string encoded(const Pairs& pairs, bool raw_brackets) {
  std::string out;
  for (const auto& [key, value] : pairs) {
    if (!out.empty()) out += '&';
    if (raw_brackets) {
      out += key;
    } else {
      out += net::url_encode(key);
    }
    out += '=';
    out += net::url_encode(value);
  }
  return out;
}

std::string with_query(std::string_view url, const Pairs& pairs, bool raw_brackets) {
  return fmt::format("{}{}{}", url, url.contains('?') ? '&' : '?', encoded(pairs, raw_brackets));
}

std::string without_credentials(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const std::size_t host = scheme + 3;
  const std::size_t end = url.find_first_of("/?", host);
  const std::size_t at = url.substr(0, end).rfind('@');
  if (at == std::string_view::npos || at < host) return std::string(url);
  return std::string(url.substr(0, host)) + std::string(url.substr(at + 1));
}

milliseconds scaled(const World& world, milliseconds time) {
  return milliseconds(static_cast<std::int64_t>(static_cast<double>(time.count()) / world.speed));
}

}  // namespace parley::emulator

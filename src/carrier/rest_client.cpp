#include "carrier/rest_client.hpp"

#include <charconv>

#include <fmt/format.h>

#include "async/sleep.hpp"
#include "base/ascii.hpp"
#include "base/valid_text.hpp"
#include "carrier/mail_date.hpp"
#include "net/url.hpp"

namespace parley::carrier {
namespace {

using Outcome = CarrierError::Outcome;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kUsualBackOff{5};
constexpr seconds kLongestBackOff{3600};
constexpr std::size_t kMostRedirects = 3;
constexpr std::size_t kMostWords = 300;
constexpr std::size_t kShortestNumber = 7;  // digits that may be a phone number

Errc code_for(int status) {
  switch (status) {
    case 401:
    case 402:
    case 403:
      return Errc::permission_denied;
    case 404:
    case 410:
      return Errc::not_found;
    case 409:
      return Errc::conflict;
    case 408:
      return Errc::timeout;
    case 429:
      return Errc::unavailable;
    default:
      if (status >= 500) return Errc::unavailable;
      return status >= 400 ? Errc::invalid_argument : Errc::protocol;
  }
}

std::string_view fix_for(int status) {
  switch (status) {
    case 401:
      return ": check the account's sid, key and token, and its region";
    case 402:
      return ": the account has no balance left";
    case 403:
      return ": the account may not do this; its plan or its verification stands against it";
    case 404:
      return ": it does not know what was asked for";
    case 429:
      return ": it was asked too often";
    default:
      return status >= 500 ? ": the disturbance is on its side" : "";
  }
}

std::optional<seconds> retry_after(const net::Response& response, const Clock& clock) {
  const auto header = net::find_header(response.headers, "retry-after");
  if (!header) return std::nullopt;
  const auto text = trimmed(*header);
  std::int64_t amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error == std::errc() && end == text.data() + text.size()) {
    return seconds(std::clamp<std::int64_t>(amount, 0, kLongestBackOff.count()));
  }
  const auto date = parse_mail_date(text);
  if (!date) return std::nullopt;
  const auto until = std::chrono::floor<milliseconds>(clock.wall_now().time_since_epoch());
  return std::clamp(std::chrono::ceil<seconds>(milliseconds(*date) - until), seconds(0), kLongestBackOff);
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// An address in Location may be without a host.
std::string redirect_target(const net::Url& from, std::string_view location) {
  if (location.find("://") != std::string_view::npos) return std::string(location);
  if (location.starts_with("//")) return fmt::format("{}:{}", from.scheme, location);
  if (location.starts_with('/')) return fmt::format("{}://{}{}", from.scheme, from.authority(), location);
  return {};
}

bool worth_another_try(const CarrierError& error) {
  const int status = error.http_status;
  if (status != 0) return status >= 500 || status == 408 || status == 429;
  return error.error.code == Errc::unavailable || error.error.code == Errc::timeout;
}

void remove_all(std::string& text, std::string_view secret) {
  if (secret.empty()) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
    text.replace(at, secret.size(), "…");
}

}  // namespace

RestClient::RestClient(async::Executor executor, const Clock& clock, RequestQueue& queue, RestOptions options)
    : executor_(executor), clock_(clock), queue_(queue), options_(std::move(options)) {}

// The carrier counts by its own account, however often that is set up here.
std::string RestClient::place_of(const Account& account) const {
  return options_.name + "/" + account.sid;
}

async::Task<CarrierResult<net::Response>> RestClient::ask(Account account, RestRequest request) {
  net::ClientRequest wire;
  wire.method = request.method;
  wire.url = request.url;
  wire.headers.emplace_back("Authorization", net::basic_authorization(account.api_key, account.api_token));
  wire.headers.emplace_back("Accept", "application/json");
  if (!request.content_type.empty()) wire.headers.emplace_back("Content-Type", request.content_type);
  wire.body = std::move(request.body);
  wire.head_deadline = wire.idle_deadline = wire.deadline = options_.deadline;
  wire.max_body_bytes = request.max_body_bytes;
  wire.only_once = !request.repeatable;
  for (std::size_t tries = 0;; ++tries) {
    const auto turn = co_await queue_.turn(place_of(account), account.workspace_id, options_.patience);
    if (!turn) co_return std::unexpected(not_sent(turn.error().code, turn.error().message));
    if (request.still_wanted && !request.still_wanted())
      co_return std::unexpected(not_sent(Errc::cancelled, "nobody wants it any more"));
    auto answer = co_await ask_once(account, wire);
    const bool last = !request.repeatable || tries == options_.waits.size();
    if (answer || last || !worth_another_try(answer.error())) co_return answer;
    co_await async::sleep_for(executor_, options_.waits[tries]);
  }
}

async::Task<CarrierResult<net::Response>> RestClient::ask_once(const Account& account,
                                                               net::ClientRequest request) {
  bool may_have_left = true;
  auto response = co_await net::fetch(executor_, std::move(request), may_have_left);
  if (!response) {
    CarrierError failure = not_sent(response.error().code, response.error().message);
    if (may_have_left) failure.outcome = Outcome::unknown;
    co_return std::unexpected(std::move(failure));
  }
  if (response->status >= 200 && response->status < 300) co_return std::move(*response);
  CarrierError failure = refused(account, *response);
  if (response->status == 429)
    queue_.back_off(place_of(account), failure.retry_after.value_or(kUsualBackOff));
  co_return std::unexpected(std::move(failure));
}

CarrierError RestClient::refused(const Account& account, const net::Response& response) const {
  const int status = response.status;
  const Refusal said = options_.read_refusal ? options_.read_refusal(response) : Refusal{};
  std::string words = fmt::format("{} answered {}", options_.name, status);
  const std::string code = clean_words(account, said.code);
  if (!code.empty()) words += fmt::format(" (code {})", code);
  if (!said.message.empty()) words += fmt::format(", \"{}\"", clean_words(account, said.message));
  if (is_redirect(status)) words += ": check the address of its REST interface";
  words += fix_for(status);
  // A request that was refused was not carried out; everything else leaves that open.
  const bool refusal =
      status >= 400 && status < 500 && status != 408 && (status != 429 || options_.too_many_is_not_done);
  return {.outcome = refusal ? Outcome::not_done : Outcome::unknown,
          .error = {code_for(status), std::move(words)},
          .http_status = status,
          .code = code,
          .retry_after = retry_after(response, clock_)};
}

async::Task<CarrierResult<RecordingFile>> RestClient::fetch_file(Account account, std::string url,
                                                                 std::size_t max_bytes) {
  for (std::size_t tries = 0;; ++tries) {
    auto file = co_await fetch_file_once(account, url, max_bytes);
    if (file || tries == options_.waits.size() || !worth_another_try(file.error())) co_return file;
    co_await async::sleep_for(executor_, options_.waits[tries]);
  }
}

async::Task<CarrierResult<RecordingFile>> RestClient::fetch_file_once(const Account& account, std::string url,
                                                                      std::size_t max_bytes) {
  static const auto kPublicOnly = std::make_shared<const net::AddressPolicy>(settings::IpAllowList());
  for (std::size_t hops = 0; hops <= kMostRedirects; ++hops) {
    const auto parsed = net::parse_url(url);
    if (!parsed || (parsed->scheme != "http" && parsed->scheme != "https"))
      co_return std::unexpected(
          not_sent(Errc::invalid_argument, "the recording's address is no address of the web"));
    net::ClientRequest request;
    request.url = url;
    request.deadline = std::chrono::minutes(5);
    request.max_body_bytes = max_bytes;
    if (is_own_host(account, url)) {
      request.headers.emplace_back("Authorization",
                                   net::basic_authorization(account.api_key, account.api_token));
      const auto turn = co_await queue_.turn(place_of(account), account.workspace_id, options_.patience);
      if (!turn) co_return std::unexpected(not_sent(turn.error().code, turn.error().message));
    } else if (const auto allowed = kPublicOnly->check_url(url); !allowed) {
      co_return std::unexpected(not_sent(allowed.error().code, allowed.error().message));
    } else {
      request.policy = kPublicOnly;
    }
    auto response = co_await net::fetch(executor_, std::move(request));
    if (!response) co_return std::unexpected(not_sent(response.error().code, response.error().message));
    if (response->status == 200) {
      const auto type = net::find_header(response->headers, "content-type");
      co_return RecordingFile{std::string(type.value_or("")), std::move(response->body)};
    }
    if (!is_redirect(response->status)) co_return std::unexpected(refused(account, *response));
    const auto location = net::find_header(response->headers, "location");
    url = redirect_target(*parsed, location.value_or(""));
  }
  co_return std::unexpected(
      not_sent(Errc::protocol, "the recording's address leads from one to the next without end"));
}

bool RestClient::is_own_host(const Account& account, std::string_view url) const {
  const auto asked = net::parse_url(url);
  const auto base = net::parse_url(account.base_url);
  if (!asked) return false;
  if (base && asked->scheme == base->scheme && asked->host == base->host && asked->port == base->port)
    return true;
  if (asked->scheme != "https" || asked->port != 443) return false;
  return std::ranges::any_of(options_.own_hosts, [&](const std::string& own) {
    return own.starts_with('.') ? asked->host.ends_with(own) : asked->host == own;
  });
}

CarrierError RestClient::unusable(const net::Response& response, std::string_view why) const {
  return {
      .outcome = Outcome::unknown,
      .error = {Errc::protocol, fmt::format("{} answered {}, but {}", options_.name, response.status, why)},
      .http_status = response.status,
      .code = {},
      .retry_after = {}};
}

CarrierError RestClient::not_sent(Errc code, std::string_view why) const {
  return {.outcome = Outcome::not_done,
          .error = {code, fmt::format("{}: {}", options_.name, why)},
          .http_status = 0,
          .code = {},
          .retry_after = {}};
}

std::string form_body(const Fields& fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    if (!body.empty()) body += '&';
    body += net::url_encode(name);
    body += '=';
    body += net::url_encode(value);
  }
  return body;
}

std::string clean_words(const Account& account, std::string_view words) {
  std::string text = valid_text(words.substr(0, 4096));
  remove_all(text, account.api_token);
  remove_all(text, account.api_key);
  std::string clean;
  for (std::size_t at = 0; at < text.size() && clean.size() < kMostWords;) {
    std::size_t digits = 0;
    while (at + digits < text.size() && is_digit(text[at + digits]))
      ++digits;
    if (digits >= kShortestNumber) {
      clean += "…";
      clean += text.substr(at + digits - 2, 2);
      at += digits;
      continue;
    }
    const auto c = static_cast<unsigned char>(text[at]);
    clean += c < 0x20 || c == 0x7F ? ' ' : text[at];
    ++at;
  }
  return std::string(clipped(clean, kMostWords));
}

}  // namespace parley::carrier

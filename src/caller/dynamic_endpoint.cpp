#include "caller/dynamic_endpoint.hpp"

#include <ctime>

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "net/http_client.hpp"

namespace parley::caller {
namespace {

constexpr std::chrono::minutes kIndianStandardTime{330};

std::tm indian_time(WallTime now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now + kIndianStandardTime);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

std::string dynamic_endpoint_url(std::string_view url, const StreamIdentity& identity, WallTime now) {
  const std::tm time = indian_time(now);
  const std::pair<std::string_view, std::string> pairs[] = {
      {"CallSid", identity.call_sid},
      {"CallFrom", identity.from},
      {"CallTo", identity.to},
      {"Direction", "incoming"},
      {"Created", fmt::format("{:%a, %d %b %Y %H:%M:%S}", time)},
      {"DialWhomNumber", ""},
      {"From", identity.from},
      {"To", identity.to},
      {"CurrentTime", fmt::format("{:%Y-%m-%d %H:%M:%S}", time)},
  };
  std::string out(url);
  char separator = url.find('?') == std::string_view::npos ? '?' : '&';
  for (const auto& [key, value] : pairs) {
    fmt::format_to(std::back_inserter(out), "{}{}={}", separator, key, net::url_encode(value));
    separator = '&';
  }
  return out;
}

Result<std::string> read_dynamic_endpoint(int status, std::string_view body) {
  if (status != 200) {
    return fail(Errc::unavailable, fmt::format("the dynamic endpoint answered {} in place of 200", status));
  }
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(body, error);
  const boost::json::object* object = error ? nullptr : value.if_object();
  const boost::json::value* url = object != nullptr ? object->if_contains("url") : nullptr;
  const boost::json::string* text = url != nullptr ? url->if_string() : nullptr;
  if (text == nullptr || (!text->starts_with("ws://") && !text->starts_with("wss://"))) {
    return fail(Errc::protocol, "the dynamic endpoint did not answer {\"url\":\"wss://…\"}");
  }
  return std::string(*text);
}

}  // namespace parley::caller

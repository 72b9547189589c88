#include "carrier/exotel/exotel_requests.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "carrier/exotel/exotel_words.hpp"
#include "carrier/exotel/ist_time.hpp"
#include "net/http_client.hpp"

namespace parley::carrier::exotel {
namespace {

constexpr std::size_t kMostStreamUrlBytes = 600;
constexpr std::size_t kMostCustomFieldBytes = 128;
constexpr std::chrono::seconds kLongestCall{14'400};
constexpr std::size_t kNationalDigits = 10;
constexpr std::size_t kMostDigits = 15;  // E.164

std::unexpected<Error> wrong(std::string message) {
  return fail(Errc::invalid_argument, std::move(message));
}

std::string digits_of(std::string_view number) {
  std::string digits;
  std::ranges::copy_if(number, std::back_inserter(digits), is_digit);
  return digits;
}

// Without spaces, hyphens, points and brackets; empty: no number.
std::string plain_number(std::string_view number) {
  std::string plain;
  for (const char c : trimmed(number)) {
    if (std::string_view(" -.()").contains(c)) continue;
    if (!is_digit(c) && !(c == '+' && plain.empty())) return {};
    plain += c;
  }
  const std::size_t digits = digits_of(plain).size();
  return digits >= 3 && digits <= kMostDigits ? plain : std::string();
}

std::string last_digits(std::string_view number) {
  std::string digits = digits_of(number);
  if (digits.size() > kNationalDigits) digits.erase(0, digits.size() - kNationalDigits);
  return digits;
}

std::string account_url(const Account& account, std::string_view version, std::string_view rest) {
  return fmt::format("{}/{}/Accounts/{}/{}", account.base_url, version, net::url_encode(account.sid), rest);
}

Result<void> add_destination(const Account& account, const PlaceRequest& request, Fields& body) {
  using Into = PlaceRequest::Into;
  if (request.into == Into::stream) {
    if (!request.stream_url.starts_with("ws://") && !request.stream_url.starts_with("wss://"))
      return wrong("the address of the stream must begin with wss:// or ws://");
    if (request.stream_url.size() > kMostStreamUrlBytes)
      return wrong(
          fmt::format("the address of the stream is longer than {} characters", kMostStreamUrlBytes));
    body.emplace_back("StreamUrl", request.stream_url);
    body.emplace_back("StreamType", "bidirectional");
    return {};
  }
  if (request.into == Into::number) {
    const std::string second = plain_number(request.second_number);
    if (second.empty()) return wrong("the second number is no phone number");
    body.emplace_back("To", second);
  } else {
    const std::string& app = request.app_id.empty() ? account.app_id : request.app_id;
    if (app.empty()) return wrong("no flow is named: set the app id of the flow that outbound calls go into");
    if (!is_call_id(app))
      return wrong("the app id is none: it is the number at the end of the flow's address");
    if (account.flow_url.empty()) return wrong("the host of the account's flows is not known");
    body.emplace_back("Url", fmt::format("{}/{}/exoml/start_voice/{}", account.flow_url,
                                         net::url_encode(account.sid), app));
  }
  body.emplace_back("CallType", "trans");
  return {};
}

}  // namespace

Result<Fields> place_fields(const Account& account, const PlaceRequest& request) {
  if (account.sid.empty()) return wrong("the account has no sid");
  const std::string to = plain_number(request.to);
  if (to.empty()) return wrong("the number to be called is no phone number");
  const std::string from = plain_number(request.from.empty() ? account.number : request.from);
  if (from.empty()) return wrong("the caller id is no phone number: name one of the account's numbers");
  Fields body{{"From", to}, {"CallerId", caller_id_form(from)}};
  if (const auto added = add_destination(account, request, body); !added) return fail(added.error());

  if (request.time_limit.count() < 0 || request.time_limit > kLongestCall)
    return wrong(fmt::format("the time limit must be between 1 and {} seconds", kLongestCall.count()));
  if (request.time_limit.count() > 0)
    body.emplace_back("TimeLimit", std::to_string(request.time_limit.count()));
  if (request.ring_timeout.count() < 0 || request.ring_timeout > kLongestCall)
    return wrong("the time to ring must be a number of seconds above 0");
  if (request.ring_timeout.count() > 0)
    body.emplace_back("TimeOut", std::to_string(request.ring_timeout.count()));

  // What holds where it is not said differs from page to page of their documentation.
  body.emplace_back("Record", request.record ? "true" : "false");
  if (request.record)
    body.emplace_back("RecordingChannels", request.record_both_channels ? "dual" : "single");

  if (request.custom_field.size() > kMostCustomFieldBytes)
    return wrong(fmt::format("the custom field is longer than {} bytes", kMostCustomFieldBytes));
  if (!request.custom_field.empty()) body.emplace_back("CustomField", request.custom_field);

  if (!request.status_callback.empty()) {
    if (read_web_address(request.status_callback).empty())
      return wrong("the address for status callbacks must begin with https:// or http://");
    body.emplace_back("StatusCallback", request.status_callback);
    body.emplace_back("StatusCallbackEvents[]", "terminal");
    body.emplace_back("StatusCallbackEvents[]", "answered");
    body.emplace_back("StatusCallbackContentType", "application/json");
  }
  return body;
}

std::string caller_id_form(std::string_view number) {
  const std::string digits = digits_of(number);
  const bool indian = digits.size() == kNationalDigits + 2 && digits.starts_with("91");
  return indian ? "0" + digits.substr(2) : std::string(number);
}

std::string place_url(const Account& account) {
  return account_url(account, "v1", "Calls/connect.json");
}

std::string call_url(const Account& account, std::string_view call_id) {
  return account_url(account, "v1", fmt::format("Calls/{}.json?details=true", net::url_encode(call_id)));
}

std::string calls_url(const Account& account, std::string_view side, std::string_view number,
                      WallMillis since) {
  std::string forms(number);
  if (const std::string national = caller_id_form(number); national != number) forms += "," + national;
  return account_url(
      account, "v1",
      fmt::format("Calls.json?{}={}&DateCreated={}&SortBy={}&PageSize=100", side, net::url_encode(forms),
                  net::url_encode("gte:" + ist_text(since)), net::url_encode("DateCreated:desc")));
}

std::string next_page_url(const Account& account, std::string_view next_page) {
  const std::string own = fmt::format("/v1/Accounts/{}/Calls", net::url_encode(account.sid));
  if (!next_page.starts_with(own)) return {};
  return account.base_url + std::string(next_page);
}

std::string numbers_url(const Account& account) {
  return account_url(account, "v2_beta", "IncomingPhoneNumbers");
}

std::string active_streams_url(const Account& account) {
  return account_url(account, "v1", "ActiveStreams");
}

std::string hang_up_url(const Account& account, std::string_view leg_id) {
  return fmt::format("{}/v2/accounts/{}/legs/{}/actions/hangup", account.legs_url,
                     net::url_encode(account.sid), net::url_encode(leg_id));
}

bool same_number(std::string_view one, std::string_view other) {
  const std::string digits = last_digits(one);
  return !digits.empty() && digits == last_digits(other);
}

}  // namespace parley::carrier::exotel

// What stands in headers, under any bytes: ranges lie within the file, a credential is a piece of what was
// sent, and a host holds nothing that could leave an address.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "api/byte_range.hpp"
#include "api/client_address.hpp"
#include "api/idempotency.hpp"
#include "api/request_gate.hpp"
#include "api/text_format.hpp"
#include "base/clock.hpp"

namespace {

using namespace parley;
using namespace parley::api;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_range(std::string_view text, std::uint64_t size) {
  const RangeVerdict range = parse_range(text, size);
  switch (range.kind) {
    case RangeVerdict::Kind::whole:
      return require(range.first == 0 && range.end == size);
    case RangeVerdict::Kind::part:
      return require(range.first < range.end && range.end <= size);
    case RangeVerdict::Kind::unsatisfiable:
      return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto proxies =
      settings::IpAllowList::parse(std::vector<std::string>{"10.0.0.0/8", "2001:db8::/32"}).value();
  const std::string text(reinterpret_cast<const char*>(data), size);

  for (const std::uint64_t bytes :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, ~std::uint64_t{0}})
    check_range(text, bytes);
  check_range("bytes=" + text, 1000);

  net::HttpRequest request;
  request.remote_address = "10.0.0.1";
  request.headers = {{"cookie", text},
                     {"x-forwarded-for", text},
                     {"x-forwarded-proto", text},
                     {"x-forwarded-host", text},
                     {"host", text}};
  Credentials credentials = credentials_of(request);
  require(credentials.api_key.empty() && text.contains(credentials.cookie));
  request.headers = {{"authorization", text}, {"x-api-key", text}};
  credentials = credentials_of(request);
  require(credentials.cookie.empty() && text.contains(credentials.api_key));
  request.headers = {{"cookie", "a=b; parley_session=" + text}};
  require(size == 0 || text.find(';') != std::string::npos || credentials_of(request).cookie.size() <= size);

  request.headers = {{"x-forwarded-for", text}, {"x-forwarded-proto", text}, {"x-forwarded-host", text}};
  const std::string address = client_address(request, proxies);
  require(text.contains(address) || address == "10.0.0.1");
  const std::string host = asked_host(request, proxies);
  require(text.contains(host) && host.find_first_of("/\\@#? \"<>\r\n") == std::string::npos);
  require(!came_secure(request, proxies) || text.contains("https"));
  request.remote_address = "192.0.2.1";  // no proxy of ours
  require(client_address(request, proxies) == "192.0.2.1" && !came_secure(request, proxies));
  require(asked_host(request, proxies).empty());

  if (Idempotency::is_key(text)) require(size > 0 && size <= 255 && is_valid_text(text));
  // What the description lets through as a time is one, but for years before 1970.
  if (is_date_time(text) && text >= "1970-01-02") require(parse_utc_time(text).has_value());
  is_email(text);
  is_uri(text);
  is_uuid(text);
  return 0;
}

#include "api/client_limit.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "api/request_gate.hpp"
#include "security/hash.hpp"

namespace parley::api {
namespace {

constexpr int kKeysOfOneAddress = 8;
constexpr int kBursts = 4;

control::RateLimitOptions rate_options(int requests_per_second, int times) {
  const int rate = std::max(requests_per_second, 1) * times;
  return {.per_second = static_cast<double>(rate), .burst = rate * kBursts, .max_keys = 10'000};
}

int whole_seconds(std::chrono::milliseconds time) {
  return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(time).count());
}

}  // namespace

ClientLimit::ClientLimit(const Clock& clock, int requests_per_second)
    : requests_per_second_(requests_per_second),
      per_client_(clock, rate_options(requests_per_second, 1)),
      per_address_(clock, rate_options(requests_per_second, kKeysOfOneAddress)) {}

std::optional<Problem> ClientLimit::take(const net::HttpRequest& request, const std::string& address) {
  if (requests_per_second_ <= 0) return std::nullopt;
  const std::string client = control::client_key(address);
  const Credentials credentials = credentials_of(request);
  // Whoever makes up keys still has only one address.
  const std::string key =
      credentials.any() ? "key " + security::hash_token(credentials.api_key.empty() ? credentials.cookie
                                                                                    : credentials.api_key)
                        : "address " + client;
  auto wait = per_client_.take(key);
  if (!wait && credentials.any()) wait = per_address_.take(client);
  if (!wait) return std::nullopt;
  return too_many_requests(fmt::format("at most {} requests a second: wait a little", requests_per_second_),
                           std::max(whole_seconds(*wait), 1));
}

}  // namespace parley::api

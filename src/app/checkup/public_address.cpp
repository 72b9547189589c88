#include <boost/json.hpp>
#include <fmt/format.h>

#include "app/checkup/fetch_now.hpp"
#include "app/checkup/finding.hpp"
#include "carrier/account_check.hpp"
#include "net/url.hpp"
#include "vendor/json.hpp"

namespace parley::app {

Findings check_public_address(const settings::Settings& settings, bool for_carrier) {
  const auto finding = [](Health health, std::string says) -> Findings {
    return {{"public address", health, std::move(says)}};
  };
  const std::string& address = settings.public_url;
  // What a carrier makes of the address as it is written.
  const carrier::AccountFinding written = carrier::check_public_url(address);
  if (address.empty()) return finding(for_carrier ? Health::bad : Health::warning, written.says);
  const auto url = net::parse_url(address);
  if (!url) return finding(Health::bad, "PUBLIC_URL is no address like https://voice.example.com");
  net::ClientRequest request;
  request.url = address + "/api/v1/health";
  request.deadline = std::chrono::seconds(10);
  request.max_body_bytes = 64UL * 1024;
  const auto answer = fetch_now(std::move(request));
  if (!answer) {
    return finding(Health::bad, fmt::format("nobody answers at PUBLIC_URL: {}; start the server, and look at "
                                            "the name (DNS), the firewall and the proxy or tunnel before it",
                                            answer.error().message));
  }
  const auto health = vendor::parse_json_object(answer->body);
  if (answer->status != 200 || !health || vendor::string_member(*health, "status") != "ok") {
    return finding(Health::bad,
                   fmt::format("what answers at PUBLIC_URL/api/v1/health ({}) is not Parley: the name or the "
                               "proxy leads elsewhere",
                               answer->status));
  }
  const std::string version = vendor::text_member(*health, "version");
  if (version != PARLEY_VERSION) {
    return finding(Health::warning,
                   fmt::format("Parley {} answers at PUBLIC_URL, this is {}: restart the server", version,
                               PARLEY_VERSION));
  }
  if (written.verdict != carrier::Verdict::good)
    return finding(Health::warning, fmt::format("{} answers, but {}", address, written.says));
  return finding(Health::good, fmt::format("{} answers", address));
}

}  // namespace parley::app

#include <fmt/format.h>

#include "app/checkup/finding.hpp"
#include "net/certificate_file.hpp"
#include "net/url.hpp"

namespace parley::app {
namespace {

constexpr std::int64_t kSoon = 14;
constexpr std::int64_t kDay = 24L * 60 * 60;

}  // namespace

Findings check_certificate(const settings::Settings& settings, const Clock& clock) {
  const auto finding = [](Health health, std::string says) -> Findings {
    return {{"certificate", health, std::move(says)}};
  };
  if (settings.tls.certificate.empty() && settings.tls.key.empty())
    return finding(Health::unused, "the server speaks without TLS (tls.certificate, tls.key)");
  const auto certificate =
      net::read_certificate({.certificate = settings.tls.certificate, .key = settings.tls.key});
  if (!certificate) return finding(Health::bad, certificate.error().message);
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(clock.wall_now().time_since_epoch()).count();
  const std::int64_t left = certificate->not_after - now;
  if (left <= 0) {
    return finding(Health::bad, fmt::format("{} has expired: get another and send the server SIGHUP",
                                            settings.tls.certificate));
  }
  if (certificate->not_before > now) {
    return finding(Health::bad,
                   fmt::format("{} is not valid yet: look at the clock", settings.tls.certificate));
  }
  const auto url = net::parse_url(settings.public_url);
  if (url && url->secure() && !certificate->fits(url->host)) {
    return finding(Health::warning, fmt::format("{} is not for {}, the host of PUBLIC_URL (well, if a proxy "
                                                "before it has another)",
                                                settings.tls.certificate, url->host));
  }
  if (left < kSoon * kDay) {
    return finding(Health::warning, fmt::format("{} ends in {} days: renew it and send the server SIGHUP",
                                                settings.tls.certificate, left / kDay));
  }
  return finding(Health::good, fmt::format("good for {} days", left / kDay));
}

}  // namespace parley::app

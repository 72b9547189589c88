#include "llm/own_account.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "net/url.hpp"

namespace parley::llm {

Result<vendor::Account> own_account(const vendor::Account& account, std::string_view url,
                                    std::string_view key_env, std::string_view url_option) {
  vendor::Account own = account;
  while (url.ends_with('/'))
    url.remove_suffix(1);
  const bool elsewhere = !url.empty() && url != account.url;
  if (elsewhere) {
    const auto parsed = net::parse_url(url);
    if (!parsed)
      return fail(parsed.error().code, fmt::format("option {}: {}", url_option, parsed.error().message));
    if (!parsed->user.empty() || !parsed->password.empty() || !parsed->query.empty())
      return fail(
          Errc::invalid_argument,
          fmt::format("option {} must be an address without password and query; name the key by option "
                      "key_env",
                      url_option));
    own.url = url;
    own.policy = account.policy_elsewhere;
    if (own.policy) {
      // A WebSocket's address is checked as the HTTP one that it begins as.
      const std::string as_http = own.url.starts_with("ws") ? "http" + own.url.substr(2) : own.url;
      if (auto may = own.policy->check_url(as_http); !may)
        return fail(may.error().code, fmt::format("option {}: {}", url_option, may.error().message));
    }
    own.key.clear();
    own.key_setting.clear();
  }
  if (key_env.empty()) return own;

  if (!key_env.ends_with("_KEY") && !key_env.ends_with("_TOKEN"))
    return fail(Errc::invalid_argument, "option key_env must name a variable that ends in _KEY or _TOKEN");
  const char* value =
      std::getenv(std::string(key_env).c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets any
  const std::string_view key = value == nullptr ? std::string_view() : std::string_view(value);
  if (key.empty())
    return fail(Errc::permission_denied,
                fmt::format("the environment variable {} of option key_env is not set", key_env));
  if (elsewhere && (key_env == account.key_setting || key == account.key))
    return fail(
        Errc::permission_denied,
        fmt::format(
            "the key of {} is not sent to the address of option {}; give that server a key of its own",
            account.vendor, url_option));
  own.key = key;
  own.key_setting = key_env;
  return own;
}

}  // namespace parley::llm

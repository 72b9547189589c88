#include "carrier/account_check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "carrier/exotel/exotel_requests.hpp"
#include "net/address_policy.hpp"
#include "net/url.hpp"

namespace parley::carrier {
namespace {

constexpr std::string_view kSingapore = "https://api.exotel.com";
constexpr std::string_view kMumbai = "https://api.in.exotel.com";

// Exotel's two regions know nothing of each other's accounts; empty: there is no other one to ask.
std::string_view other_region(const Account& account) {
  if (account.carrier != "exotel") return {};
  if (account.base_url == kSingapore) return kMumbai;
  if (account.base_url == kMumbai) return kSingapore;
  return {};
}

std::string host_of(std::string_view url) {
  const auto parsed = net::parse_url(url);
  return parsed ? parsed->authority() : std::string("the address of its interface");
}

std::string_view credentials_of(const Account& account) {
  return account.carrier == "twilio" ? "the account's sid and its auth token"
                                     : "the API key and the API token";
}

AccountFinding bad_account(std::string says) {
  return {.topic = "account", .verdict = Verdict::bad, .says = std::move(says)};
}
AccountFinding bad_reach(std::string says) {
  return {.topic = "reach", .verdict = Verdict::bad, .says = std::move(says)};
}

// What a failed request says of an account.
AccountFinding of_error(const Account& account, const CarrierError& error) {
  const std::string host = host_of(account.base_url);
  const int status = error.http_status;
  if (status == 401) {
    return bad_account(fmt::format(
        "{} refuses the credentials (401): copy {} anew from the portal's API settings{}", host,
        credentials_of(account),
        account.carrier == "exotel" ? ", and check the subdomain: it is the account's region" : ""));
  }
  if (status == 402) return bad_account(fmt::format("{} says that the account has no balance left", host));
  if (status == 403) {
    return bad_account(
        fmt::format("{} knows the credentials but does not let them in (403): the account is "
                    "not verified yet or suspended, or its sid is another's",
                    host));
  }
  if (status == 404) {
    return bad_account(
        fmt::format("{} does not know the account: check its sid{}", host,
                    account.carrier == "exotel" ? ", and the subdomain, which is the account's region" : ""));
  }
  if (status == 429 || status >= 500) {
    return {.topic = "reach",
            .verdict = Verdict::warning,
            .says = fmt::format("{} answers {} just now: ask again later", host, status)};
  }
  if (status != 0 || error.error.code == Errc::protocol) {
    return bad_reach(fmt::format("what answers at {} is not the carrier's interface ({}): check the address",
                                 host, error.error.message));
  }
  // It is ours that does not find the time, not the carrier.
  if (error.error.code == Errc::overloaded || error.error.code == Errc::cancelled) {
    return {.topic = "reach", .verdict = Verdict::warning, .says = error.error.message};
  }
  if (error.error.code == Errc::permission_denied) return bad_account(error.error.message);
  return bad_reach(fmt::format("{} cannot be reached: check {} and the way out of this machine ({})", host,
                               account.carrier == "exotel" ? "the subdomain" : "the address",
                               error.error.message));
}

async::Task<AccountFinding> of_refusal(Carrier& carrier, Account account, CarrierError error) {
  AccountFinding finding = of_error(account, error);
  const std::string_view other = other_region(account);
  const int status = error.http_status;
  if (other.empty() || (status != 401 && status != 403 && status != 404)) co_return finding;
  Account there = account;
  there.base_url = other;
  const auto found = co_await carrier.check(std::move(there));
  if (found) {
    finding.says = fmt::format("the account is not at {} but at {}: set that as the subdomain",
                               host_of(account.base_url), host_of(other));
  }
  co_return finding;
}

AccountFinding of_state(const Account& account, const AccountState& state) {
  const std::string host = host_of(account.base_url);
  // Only Exotel counts streams, and only where it has them on.
  if (account.carrier == "exotel" && !state.streams)
    return {.topic = "streams", .verdict = Verdict::bad, .says = fmt::format("{}: {}", host, state.summary)};
  if (state.streams && state.stream_limit && *state.streams >= *state.stream_limit) {
    return {
        .topic = "streams",
        .verdict = Verdict::warning,
        .says = fmt::format("all {} streams that the account may have at once are in use: the next caller "
                            "is not put through; ask for more of them",
                            *state.stream_limit)};
  }
  return {.topic = "account",
          .verdict = Verdict::good,
          .says = fmt::format("{} takes the credentials: {}", host, state.summary)};
}

AccountFinding of_numbers(const std::vector<OwnNumber>& numbers, std::string_view number) {
  const bool there = std::ranges::any_of(
      numbers, [&](const OwnNumber& own) { return exotel::same_number(own.number, number); });
  if (there) return {.topic = "number", .verdict = Verdict::good, .says = "the number is the account's"};
  return {
      .topic = "number",
      .verdict = Verdict::bad,
      .says = fmt::format("the number is none of the {} numbers of the account: calls cannot leave by it, "
                          "and those that come in are another account's",
                          numbers.size())};
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return "ok";
    case Verdict::warning:
      return "warning";
    case Verdict::bad:
      break;
  }
  return "bad";
}

async::Task<AccountFindings> check_account(Carrier& carrier, Account account, std::string number) {
  if (number.empty()) number = account.number;
  AccountFindings findings;
  auto state = co_await carrier.check(account);
  if (!state) {
    findings.push_back(co_await of_refusal(carrier, std::move(account), std::move(state.error())));
    co_return findings;
  }
  findings.push_back(of_state(account, *state));
  if (number.empty()) co_return findings;
  const auto numbers = co_await carrier.own_numbers(account);
  AccountFinding of_number =
      numbers
          ? of_numbers(*numbers, number)
          : AccountFinding{.topic = "number",
                           .verdict = Verdict::warning,
                           .says = fmt::format("whether the number is the account's could not be seen: {}",
                                               numbers.error().error.message)};
  const bool more_important = of_number.verdict > findings.front().verdict;
  findings.insert(more_important ? findings.begin() : findings.end(), std::move(of_number));
  co_return findings;
}

AccountFinding check_public_url(std::string_view public_url) {
  const auto finding = [](Verdict verdict, std::string says) {
    return AccountFinding{.topic = "public_url", .verdict = verdict, .says = std::move(says)};
  };
  if (public_url.empty()) {
    return finding(Verdict::bad,
                   "PUBLIC_URL is not set: the carrier cannot find this server; set it to the https:// "
                   "address by which the internet reaches it");
  }
  const auto url = net::parse_url(public_url);
  if (!url || (url->scheme != "https" && url->scheme != "http"))
    return finding(Verdict::bad, "PUBLIC_URL is no address like https://voice.example.com");
  static const net::AddressPolicy kPublicOnly{settings::IpAllowList()};
  const bool named_here = url->host == "localhost" || url->host.ends_with(".local") ||
                          url->host.ends_with(".internal") ||
                          url->host.find_first_of(".:") == std::string::npos;
  if (named_here || !kPublicOnly.check_url(public_url)) {
    return finding(Verdict::warning,
                   fmt::format("PUBLIC_URL ({}) is of this machine or a private network: a carrier on the "
                               "internet cannot reach it",
                               url->redacted()));
  }
  if (!url->secure()) {
    return finding(
        Verdict::warning,
        fmt::format("PUBLIC_URL ({}) is without TLS: carriers want https:// and wss://", url->redacted()));
  }
  return finding(Verdict::good, fmt::format("carriers are sent to {}", url->redacted()));
}

Verdict worst_of(const AccountFindings& findings) {
  Verdict worst = Verdict::good;
  for (const AccountFinding& finding : findings)
    worst = std::max(worst, finding.verdict);
  return worst;
}

}  // namespace parley::carrier

#include "control/setup_check.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "async/on_pool.hpp"
#include "async/within.hpp"
#include "carrier/account_check.hpp"
#include "net/http_client.hpp"
#include "vendor/json.hpp"

namespace parley::control {
namespace {

using Level = SetupFinding::Level;

constexpr std::chrono::seconds kHealthDeadline{5};
// In the accounts' queues.
constexpr const char* kLane = "checking";
constexpr std::size_t kHealthBytes = 64UL * 1024;
// More of an agent's warnings are in its editor.
constexpr std::size_t kMostWarnings = 5;

Level level_of(carrier::Verdict verdict) {
  switch (verdict) {
    case carrier::Verdict::good:
      return Level::ok;
    case carrier::Verdict::warning:
      return Level::warning;
    case carrier::Verdict::bad:
      break;
  }
  return Level::error;
}

std::string about_of(std::string topic) {
  if (topic == "account") return "credentials";
  if (topic == "public_url") return "publicUrl";
  return topic;
}

SetupFinding finding_of(carrier::AccountFinding found) {
  return {.level = level_of(found.verdict),
          .about = about_of(std::move(found.topic)),
          .text = std::move(found.says)};
}

// Until the check of an account is over, however it ends.
struct Asking {
  std::set<std::string>& accounts;
  std::string name;
  Asking(std::set<std::string>& all, std::string one) : accounts(all), name(std::move(one)) {}
  ~Asking() { accounts.erase(name); }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
};

void append(SetupFindings& all, SetupFindings&& some) {
  std::ranges::move(some, std::back_inserter(all));
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::ok:
      return "ok";
    case Level::warning:
      return "warning";
    case Level::error:
      break;
  }
  return "error";
}

bool is_ok(const SetupFindings& findings) {
  return std::ranges::none_of(findings, [](const SetupFinding& one) { return one.level == Level::error; });
}

async::Task<Result<SetupFindings>> SetupCheck::ask_carrier(std::string workspace, std::string config_id,
                                                           std::string number) const {
  auto account = co_await async::on_pool<carrier::Account>(
      d_.executor, d_.pool, [this, workspace, config_id] { return d_.accounts.find(workspace, config_id); });
  if (!account) {
    const Errc code = account.error().code;
    // It is there, and what is stored of it is of no use.
    if (code == Errc::internal || code == Errc::invalid_argument) {
      co_return SetupFindings{
          {.level = Level::error, .about = "credentials", .text = account.error().message}};
    }
    co_return fail(std::move(account.error()));
  }
  carrier::Carrier* const carrier = d_.carriers(account->carrier);
  if (carrier == nullptr) {
    co_return SetupFindings{{.level = Level::warning,
                             .about = "credentials",
                             .text = fmt::format("nothing can be asked of {}", account->carrier)}};
  }
  const std::string name = fmt::format("{} {}", account->carrier, account->sid);
  if (!asking_.insert(name).second) {
    co_return SetupFindings{{.level = Level::warning,
                             .about = "reach",
                             .text = "the account is being checked already",
                             .fix = "Ask again in a moment."}};
  }
  const Asking asking(asking_, name);
  const std::string who = account->carrier;
  account->workspace_id = kLane;
  auto found =
      co_await async::within(d_.executor, d_.carrier_within,
                             carrier::check_account(*carrier, std::move(*account), std::move(number)));
  if (!found) {
    co_return SetupFindings{{.level = Level::warning,
                             .about = "reach",
                             .text = fmt::format("{} has not answered in time: it is slow, or many requests "
                                                 "of the account wait for their turn",
                                                 who),
                             .fix = "Ask again in a while."}};
  }
  SetupFindings findings;
  for (carrier::AccountFinding& one : *found)
    findings.push_back(finding_of(std::move(one)));
  co_return findings;
}

async::Task<Result<SetupFindings>> SetupCheck::account(std::string workspace, std::string config_id) const {
  co_return co_await ask_carrier(std::move(workspace), std::move(config_id), {});
}

SetupFindings SetupCheck::agent_of(const storage::PhoneNumberRecord& number) const {
  const auto answerer = d_.directory.resolve(number.id, number.number);
  if (!answerer) {
    // That it is switched off is said of the number.
    if (answerer.error().code == Errc::permission_denied) return {};
    return {{.level = Level::error,
             .about = "agent",
             .text = answerer.error().message,
             .fix = "Publish an agent that works, and link it to the number."}};
  }
  SetupFindings findings{{.level = Level::ok,
                          .about = "agent",
                          .text = fmt::format("the agent {} answers", answerer->agent->agent()->name)}};
  for (const std::string& warning : answerer->agent->warnings()) {
    if (findings.size() > kMostWarnings) break;
    findings.push_back({.level = Level::warning, .about = "agent", .text = warning});
  }
  return findings;
}

// What is written, then whether it leads here.
async::Task<SetupFindings> SetupCheck::public_address() const {
  SetupFinding written = finding_of(carrier::check_public_url(d_.public_url));
  SetupFindings findings;
  if (written.level == Level::error) {
    findings.push_back(std::move(written));
    co_return findings;
  }
  net::ClientRequest request;
  request.url = d_.public_url + "/api/v1/health";
  request.connect_deadline = kHealthDeadline;
  request.deadline = kHealthDeadline;
  request.max_body_bytes = kHealthBytes;
  const auto answer = co_await net::fetch(d_.executor, std::move(request));
  if (!answer) {
    findings.push_back(
        {.level = Level::error,
         .about = "publicUrl",
         .text = fmt::format("nobody answers at PUBLIC_URL: {}", answer.error().message),
         .fix = "Look at the name (DNS), the firewall, and the proxy or tunnel before this server."});
    co_return findings;
  }
  const auto health = vendor::parse_json_object(answer->body);
  if (answer->status != 200 || !health || vendor::string_member(*health, "status") != "ok") {
    findings.push_back(
        {.level = Level::error,
         .about = "publicUrl",
         .text = fmt::format("what answers at PUBLIC_URL/api/v1/health ({}) is not Parley", answer->status),
         .fix = "Let the name or the proxy lead to this server."});
    co_return findings;
  }
  const std::string version = vendor::text_member(*health, "version");
  if (version != d_.version) {
    findings.push_back(
        {.level = Level::warning,
         .about = "publicUrl",
         .text = fmt::format("Parley {} answers at PUBLIC_URL, this is {}", version, d_.version),
         .fix = "Let the name lead to this server, or restart the other one with the same version."});
  }
  findings.push_back(std::move(written));
  co_return findings;
}

async::Task<SetupFindings> SetupCheck::account_of(const storage::PhoneNumberRecord& number) const {
  auto asked = co_await ask_carrier(number.workspace_id, number.telephony_config_id, number.number);
  if (asked) co_return std::move(*asked);
  if (!number.telephony_config_id.empty())
    co_return SetupFindings{{.level = Level::error, .about = "credentials", .text = asked.error().message}};
  // Calls come in without it.
  co_return SetupFindings{{.level = Level::warning,
                           .about = "credentials",
                           .text = "the number has no account at a carrier: no call can be placed from it",
                           .fix = "Link a telephony configuration to it."}};
}

async::Task<Result<SetupFindings>> SetupCheck::number(storage::PhoneNumberRecord number,
                                                      bool with_account) const {
  SetupFindings findings;
  if (!number.active) {
    findings.push_back({.level = Level::error,
                        .about = "number",
                        .text = "the number is switched off: calls to it are refused",
                        .fix = "Set its status to active."});
  }
  if (with_account) append(findings, co_await account_of(number));
  append(findings, agent_of(number));
  append(findings, co_await public_address());
  co_return findings;
}

}  // namespace parley::control

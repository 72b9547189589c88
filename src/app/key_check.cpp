#include "app/key_check.hpp"

#include <fmt/format.h>

#include "app/checkup/vendor_keys.hpp"
#include "async/on_pool.hpp"

namespace parley::app {
namespace {

using Level = control::SetupFinding::Level;
using vendor::Fault;

control::SetupFinding about_key(Level level, std::string text, std::string fix = {}) {
  return {.level = level, .about = "key", .text = std::move(text), .fix = std::move(fix)};
}

// The key may be good all the same.
bool says_nothing_of_the_key(Fault fault) {
  return fault == Fault::rate_limited || fault == Fault::overloaded || fault == Fault::timeout;
}

control::SetupFinding of_error(const std::string& provider, const vendor::VendorError& error) {
  control::SetupFinding finding = about_key(
      says_nothing_of_the_key(error.fault) ? Level::warning : Level::error,
      fmt::format("{}: {}", provider, error.detail.empty() ? to_string(error.fault) : error.detail));
  if (error.status > 0) finding.text += fmt::format(" ({})", error.status);
  switch (error.fault) {
    case Fault::bad_key:
      finding.fix = fmt::format("Save a key that {} takes.", provider);
      break;
    case Fault::no_credit:
      finding.fix = fmt::format("Look at the balance and the limits of the account at {}.", provider);
      break;
    case Fault::region:
      finding.fix = fmt::format("{} does not serve the country of this server.", provider);
      break;
    case Fault::unreachable:
    case Fault::protocol:
    case Fault::bad_request:
    case Fault::unknown_model:
      finding.about = "reach";
      finding.fix = "Look at the address that was set, and at the way out of this server.";
      break;
    case Fault::rate_limited:
    case Fault::overloaded:
    case Fault::timeout:
    case Fault::internal:
      finding.about = "reach";
      finding.fix = "Ask again in a while.";
      break;
  }
  return finding;
}

}  // namespace

async::Task<control::SetupFindings> check_key(KeyCheckParts parts, std::string workspace,
                                              std::string provider) {
  auto access = co_await async::on_pool<WorkspaceVendors::Access>(
      parts.executor, parts.pool,
      [parts, workspace, provider] { return parts.vendors.access_of(workspace, provider); });
  if (!access) {
    co_return control::SetupFindings{about_key(Level::error, access.error().message, "Set another address.")};
  }
  auto checkup = co_await check_key(parts.executor, std::move(access->settings), provider,
                                    std::move(access->policy), parts.clock);
  if (!checkup) {
    co_return control::SetupFindings{about_key(
        Level::warning,
        fmt::format("{} has nothing that could be asked: talk to an agent that uses it", provider))};
  }
  if (!checkup->asked && !checkup->error) co_return control::SetupFindings();
  if (checkup->error) co_return control::SetupFindings{of_error(provider, *checkup->error)};
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(checkup->first).count();
  co_return control::SetupFindings{about_key(
      Level::ok, checkup->has_key ? fmt::format("{} takes the key ({} ms)", provider, ms)
                                  : fmt::format("{} answers, without a key ({} ms)", provider, ms))};
}

}  // namespace parley::app

// Would a call be answered? What is set up, looked at from the carrier's account to the agent; for whoever
// presses "check". Nothing is changed, and nothing of it costs anything. What has not answered in time is a
// finding, and so is an account that is being checked already; its requests go out in a lane of their own,
// beside those that place calls.
//
// Thread: the control context; what blocks is done on the pool. Lifetime: what it is given outlives what
// awaits it. No sentence holds a secret.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "control/agent_directory.hpp"
#include "control/carrier_accounts.hpp"
#include "control/dialer.hpp"

namespace parley::control {

struct SetupFinding {
  enum class Level { ok, warning, error };
  Level level = Level::ok;
  // For programs: "number", "credentials", "reach", "streams", "agent", "publicUrl", "key".
  std::string about;
  std::string text;
  std::string fix{};  // what to do, where the text does not say it
};
using SetupFindings = std::vector<SetupFinding>;
std::string_view to_string(SetupFinding::Level level);
bool is_ok(const SetupFindings& findings);  // none is an error

class SetupCheck {
 public:
  struct Dependencies {
    async::Executor executor;
    async::BlockingPool& pool;
    const CarrierAccounts& accounts;
    FindCarrier carriers;
    const AgentDirectory& directory;
    std::string public_url;  // may be empty
    std::string version;     // of this program: what answers at public_url should have the same
    // All requests to the carrier together. The public address has five seconds more.
    std::chrono::milliseconds carrier_within{15'000};
  };
  explicit SetupCheck(Dependencies dependencies) : d_(std::move(dependencies)) {}

  // An account by the id of its telephony configuration, or "settings". Errors: as CarrierAccounts::find has
  // them for an account that is not there; what is wrong with one that is there is a finding.
  async::Task<Result<SetupFindings>> account(std::string workspace, std::string config_id) const;
  // A number, its account (where whoever asks may know of it), who answers, and the way to this server.
  async::Task<Result<SetupFindings>> number(storage::PhoneNumberRecord number, bool with_account) const;

 private:
  async::Task<Result<SetupFindings>> ask_carrier(std::string workspace, std::string config_id,
                                                 std::string number) const;
  async::Task<SetupFindings> account_of(const storage::PhoneNumberRecord& number) const;
  async::Task<SetupFindings> public_address() const;
  SetupFindings agent_of(const storage::PhoneNumberRecord& number) const;

  const Dependencies d_;
  mutable std::set<std::string> asking_;  // accounts
};

}  // namespace parley::control

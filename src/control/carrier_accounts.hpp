// Whose account at which carrier a number, a call or an outbound request uses: a workspace's telephony
// configuration, or the one in the server's settings.
//
// Thread: any; everything but settings_account() blocks (pool). Lifetime: what it is given outlives it.
#pragma once

#include <optional>
#include <string>

#include "carrier/carrier.hpp"
#include "security/vault.hpp"
#include "storage/control_store.hpp"

namespace parley::control {

class CarrierAccounts {
 public:
  // `standard`: of the settings; nullopt: none is set there.
  CarrierAccounts(storage::ControlStore& store, const security::Vault& vault,
                  std::optional<carrier::Account> standard);

  // By the telephony configuration's id, or "settings"/"" for the server's own. Errc::not_found with the fix
  // (the server has none: Errc::conflict);
  // Errc::permission_denied when a workspace other than the default one asks for the server's own, also for a
  // call of its own: which call at the carrier that is, and where its recording lies, is told by requests
  // that whoever knows the workspace's address can make; Errc::internal when the credentials do not open.
  Result<carrier::Account> find(const std::string& workspace, const std::string& config_id) const;
  // What an outbound call leaves by: the account of `number`, or, without one, of the workspace's only
  // active number, else the settings' own.
  struct Line {
    carrier::Account account;
    std::string phone_id;  // empty: the settings' number
    std::string number;    // the caller id
  };
  // `number`: an id or the number itself; may be empty. Errors name the fix.
  Result<Line> line_for(const std::string& workspace, const std::string& number) const;

  const std::optional<carrier::Account>& standard() const { return standard_; }

 private:
  storage::ControlStore& store_;
  const security::Vault& vault_;
  const std::optional<carrier::Account> standard_;
};

// A telephony configuration's options and opened credentials as an account: base addresses from domain,
// region and subdomain. Pure.
Result<carrier::Account> account_of(const storage::TelephonyConfigRecord& config,
                                    const std::string& credentials_json);

// Exotel's addresses. `domain` and `subdomain` as users write them ("api.in.exotel.com", "@api.exotel.com",
// "api4", "https://…"); `region`: in, us, sg, ae or empty. Errc::invalid_argument names what is wrong.
struct ExotelHosts {
  std::string base_url;
  std::string legs_url;
  std::string flow_url;
};
Result<ExotelHosts> exotel_hosts(const std::string& domain, const std::string& subdomain,
                                 const std::string& region);

}  // namespace parley::control

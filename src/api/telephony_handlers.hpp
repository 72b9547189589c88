// Inside this room only: what the canonical addresses and their aliases do with accounts and numbers.
#pragma once

#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "api/handler_support.hpp"
#include "api/telephony_routes.hpp"

namespace parley::api {

// A carrier's account as it comes in; what is absent stays as it is.
struct AccountInput {
  std::optional<std::string> provider{};  // only of a new one; absent: exotel
  std::optional<std::string> name;
  std::optional<std::string> api_key;
  std::optional<std::string> api_token;
  std::optional<std::string> sid;
  std::optional<std::string> app_id;
  std::optional<std::string> domain;
  std::optional<std::string> region;
  std::optional<std::string> subdomain;
};
AccountInput account_input(const boost::json::value& body);

class TelephonyHandlers {
 public:
  explicit TelephonyHandlers(TelephonyRoutesDependencies dependencies) : d_(dependencies) {}

  using Config = storage::TelephonyConfigRecord;
  using Number = storage::PhoneNumberRecord;

  std::expected<Config, Problem> find_config(const ApiRequest& request, const std::string& id) const;
  std::expected<Config, Problem> create_config(const ApiRequest& request, const AccountInput& input) const;
  // Both go over what was given, or what If-Match names.
  std::expected<Config, Problem> update_config(const ApiRequest& request, Config config,
                                               const AccountInput& input) const;

  std::expected<Number, Problem> find_number(const ApiRequest& request, const std::string& id) const;
  // Fills in what is missing and checks what it refers to: the agent (by id or name) and the account are the
  // workspace's own.
  std::expected<Number, Problem> create_number(const ApiRequest& request, Number number) const;
  std::expected<Number, Problem> update_number(const ApiRequest& request, Number number) const;
  std::expected<void, Problem> delete_number(const ApiRequest& request, const std::string& id) const;

  const TelephonyRoutesDependencies& parts() const { return d_; }

 private:
  std::expected<void, Problem> put_into(Config& config, const AccountInput& input) const;
  std::expected<void, Problem> check_links(Number& number) const;

  TelephonyRoutesDependencies d_;
};

// The addresses a carrier's portal is given for a number; empty: its carrier has no such thing.
struct NumberAddresses {
  std::string webhook;
  std::string websocket;
  std::string dynamic_endpoint;
  std::string status_callback;
  std::string passthru;
  std::string connect;
  std::string greeting;
};
// With `secret` at the end of those that ask for one; empty: none.
NumberAddresses addresses_of(const std::string& base_url, const storage::PhoneNumberRecord& number,
                             const std::string& secret = {});

// sid, appId, domain, region, subdomain: what is no secret.
boost::json::object account_options(const storage::TelephonyConfigRecord& config);

}  // namespace parley::api

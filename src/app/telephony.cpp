#include "app/telephony.hpp"

#include <map>
#include <string>
#include <utility>

#include "api/carrier_routes.hpp"
#include "async/on_pool.hpp"
#include "async/task_group.hpp"
#include "base/exception_text.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "carrier/exotel/exotel_carrier.hpp"
#include "carrier/request_queue.hpp"
#include "carrier/twilio/twilio_carrier.hpp"
#include "control/call_book.hpp"
#include "control/carrier_accounts.hpp"
#include "control/offline_answer.hpp"

namespace parley::app {
namespace {

const log::Logger kLog("app");

void log_failure(const std::exception_ptr& failure) {
  kLog.error("a task around carriers ended with an exception: {}", exception_text(failure));
}

carrier::Account twilio_account(const settings::Settings::Twilio& twilio) {
  carrier::Account account;
  account.id = "settings";
  account.workspace_id = storage::kDefaultWorkspace;
  account.carrier = "twilio";
  account.sid = twilio.account_sid;
  account.api_token = twilio.auth_token;
  account.base_url = twilio.url;
  account.number = twilio.number;
  return account;
}

Result<carrier::Account> exotel_account(const settings::Settings::Exotel& exotel) {
  auto hosts = control::exotel_hosts("", exotel.subdomain, exotel.region);
  if (!hosts) {
    return fail(Errc::invalid_argument,
                "exotel.subdomain (EXOTEL_SUBDOMAIN): " + std::move(hosts.error().message));
  }
  carrier::Account account;
  account.id = "settings";
  account.workspace_id = storage::kDefaultWorkspace;
  account.carrier = "exotel";
  account.sid = exotel.account_sid;
  account.api_key = exotel.api_key;
  account.api_token = exotel.api_token;
  account.base_url = exotel.url.empty() ? hosts->base_url : exotel.url;
  account.legs_url = exotel.url.empty() ? hosts->legs_url : exotel.url;
  account.flow_url = exotel.url.empty() ? hosts->flow_url : exotel.url;
  account.app_id = exotel.app_id;
  account.number = exotel.number;
  return account;
}

// What stands at the end of addresses that we hand out ourselves: what the settings say, else a secret made
// once and kept, so that callbacks of calls that another process has placed still find in.
Result<std::string> callback_secret(const settings::Settings& settings, storage::ControlStore& store,
                                    const security::Vault& vault) {
  if (!settings.carrier_webhooks.secret.empty()) return settings.carrier_webhooks.secret;
  constexpr const char* kName = "carrier_callback_secret";
  const auto kept = [&]() -> Result<std::string> {
    auto sealed = store.find_instance_value(kName);
    if (!sealed) return fail(std::move(sealed.error()));
    // A key that was taken away leaves it unreadable: then another takes its place.
    auto opened = vault.open_sealed(sealed->value_or(""), kName);
    return opened ? std::move(*opened) : std::string();
  };
  auto secret = kept();
  if (!secret || !secret->empty()) return secret;
  if (auto put = store.put_instance_value(kName, vault.seal(random_token(24), kName)); !put)
    return fail(std::move(put.error()));
  // Of two nodes that start at once, both take the later one's.
  return kept();
}

}  // namespace

Result<std::optional<carrier::Account>> account_of(const settings::Settings& settings) {
  if (!settings.exotel.account_sid.empty()) {
    auto account = exotel_account(settings.exotel);
    if (!account) return fail(std::move(account.error()));
    return std::optional(std::move(*account));
  }
  if (!settings.twilio.account_sid.empty()) return std::optional(twilio_account(settings.twilio));
  return std::nullopt;
}

// In the order in which they need each other; destroyed in reverse.
struct Telephony::Parts {
  Parts(TelephonyDependencies dependencies, std::optional<carrier::Account> standard, std::string secret)
      : d(std::move(dependencies)),
        callback_secret(std::move(secret)),
        queue(d.executor, d.clock, {.per_minute = d.settings.exotel.requests_per_minute}),
        exotel(carrier::make_exotel_carrier(d.executor, d.clock, queue)),
        twilio(carrier::make_twilio_carrier(d.executor, d.clock, queue)),
        accounts(d.store, d.vault, std::move(standard)),
        book(d.clock),
        dialer({.executor = d.executor,
                .pool = d.pool,
                .clock = d.clock,
                .calls = d.calls,
                .directory = d.directory,
                .accounts = accounts,
                .carriers = carriers(),
                .book = book,
                .events = d.events,
                .options = {.public_url = d.settings.public_url,
                            .status_secret = callback_secret,
                            .most_open_calls = d.settings.exotel.max_open_calls,
                            .ask_after = std::chrono::duration_cast<std::chrono::seconds>(
                                d.settings.carrier_webhooks.ask_after),
                            .give_up_after = std::chrono::duration_cast<std::chrono::seconds>(
                                d.settings.carrier_webhooks.give_up_after)}}),
        offline({.executor = d.executor,
                 .pool = d.pool,
                 .clock = d.clock,
                 .calls = d.calls,
                 .directory = d.directory,
                 .accounts = accounts,
                 .carriers = carriers(),
                 .events = d.events,
                 .observer = d.observer,
                 .data_dir = d.settings.data_dir,
                 .transcribe = d.transcribe,
                 .ask =
                     [this](control::ReadyAgentPtr ready, agent::AgentPtr agent, std::string call_id,
                            std::string words) {
                       return control::ask_once(d.executor, std::move(ready), std::move(agent),
                                                std::move(call_id), std::move(words));
                     },
                 .call_back = [this](const control::DialRequest& request) { return dialer.place(request); }}),
        desk({.executor = d.executor,
              .pool = d.pool,
              .clock = d.clock,
              .registry = d.registry,
              .calls = d.calls,
              .directory = d.directory,
              .accounts = accounts,
              .carriers = carriers(),
              .book = book,
              .events = d.events,
              .accepts_calls = [this] { return d.call_registry.accepts_calls(); },
              .webhook_secret = callback_secret,
              .on_recording = [this](const control::BookedCall& call,
                                     std::string url) { offline.take(call, std::move(url)); }}),
        checks({.executor = d.executor,
                .pool = d.pool,
                .accounts = accounts,
                .carriers = carriers(),
                .directory = d.directory,
                .public_url = d.settings.public_url,
                .version = PARLEY_VERSION}),
        group(d.executor, log_failure) {}

  control::FindCarrier carriers() {
    return [this](std::string_view name) -> carrier::Carrier* {
      if (name == exotel->name()) return exotel.get();
      return name == twilio->name() ? twilio.get() : nullptr;
    };
  }

  async::Task<Result<carrier::Account>> signing_account(std::string carrier, std::string phone_id,
                                                        std::string number) const;

  TelephonyDependencies d;
  const std::string callback_secret;
  carrier::RequestQueue queue;
  const std::unique_ptr<carrier::Carrier> exotel;
  const std::unique_ptr<carrier::Carrier> twilio;
  const control::CarrierAccounts accounts;
  control::CallBook book;
  control::Dialer dialer;
  control::OfflineCalls offline;
  control::CarrierDesk desk;
  const control::SetupCheck checks;
  async::TaskGroup group;
};

// Whose token the request is signed with: that of the number it is about, else the settings'.
async::Task<Result<carrier::Account>> Telephony::Parts::signing_account(std::string carrier,
                                                                        std::string phone_id,
                                                                        std::string number) const {
  const auto ours = d.directory.find_number(phone_id, number);
  if (ours && !ours->telephony_config_id.empty()) {
    co_return co_await async::on_pool<carrier::Account>(
        d.executor, d.pool, [this, workspace = ours->workspace_id, config = ours->telephony_config_id] {
          return accounts.find(workspace, config);
        });
  }
  if (carrier == twilio->name() && !d.settings.twilio.account_sid.empty())
    co_return twilio_account(d.settings.twilio);
  co_return fail(Errc::not_found, "no account of this carrier is set up");
}

Telephony::Telephony(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Telephony::~Telephony() = default;

Result<std::unique_ptr<Telephony>> Telephony::make(TelephonyDependencies dependencies) {
  auto standard = account_of(dependencies.settings);
  if (!standard) return fail(std::move(standard.error()));
  auto secret = callback_secret(dependencies.settings, dependencies.store, dependencies.vault);
  if (!secret) return fail(std::move(secret.error()));
  return std::unique_ptr<Telephony>(new Telephony(
      std::make_unique<Parts>(std::move(dependencies), std::move(*standard), std::move(*secret))));
}

control::CarrierDesk& Telephony::desk() {
  return parts_->desk;
}

control::Dialer& Telephony::dialer() {
  return parts_->dialer;
}

const control::SetupCheck& Telephony::checks() const {
  return parts_->checks;
}

void Telephony::add_routes(api::Router& router) {
  Parts& parts = *parts_;
  const auto& settings = parts.d.settings;
  api::add_carrier_routes(
      router, {.desk = parts.desk,
               .carriers = parts.carriers(),
               .clock = parts.d.clock,
               .registry = parts.d.registry,
               .find_number =
                   [&directory = parts.d.directory](std::string_view phone_id, std::string_view number) {
                     return directory.find_number(phone_id, number);
                   },
               .account_of =
                   [&parts](std::string carrier, std::string phone_id, std::string number) {
                     return parts.signing_account(std::move(carrier), std::move(phone_id), std::move(number));
                   },
               .access = {.secret = settings.carrier_webhooks.secret,
                          .callback_secret = parts.callback_secret,
                          .allow = settings.carrier_webhooks.allow,
                          .trusted_proxies = settings.stream.trusted_proxies,
                          .requests_per_second = settings.carrier_webhooks.requests_per_second},
               .public_url = settings.public_url});
}

void Telephony::start() {
  parts_->dialer.start();
  parts_->group.spawn(parts_->offline.resume_all());
}

async::Task<> Telephony::stop() {
  Parts& parts = *parts_;
  parts.group.cancel();
  co_await parts.group.join();
  co_await parts.desk.stop();
  co_await parts.offline.stop();
  co_await parts.dialer.stop();
}

}  // namespace parley::app

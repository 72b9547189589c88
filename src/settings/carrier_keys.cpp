// The keys of carriers: their accounts, and who may call our webhooks.
#include <array>

#include "settings/key_kinds.hpp"

namespace parley::settings {
namespace {

using namespace std::chrono_literals;
using namespace kinds;

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kRegions = {
    {{"in", "in"}, {"us", "us"}, {"sg", "sg"}, {"ae", "ae"}}};

#define PARLEY_AT(place) ([](auto&& settings) -> auto& { return settings.place; })

// Set-ups carry paths of one of Exotel's interfaces here ("…/v2/accounts"); we use several of them.
void drop_path_of_exotel(std::string& url) {
  const auto host_at = url.find("://");
  if (host_at == std::string::npos) return;
  const auto path_at = url.find('/', host_at + 3);
  if (path_at == std::string::npos) return;
  const std::string_view host = std::string_view(url).substr(host_at + 3, path_at - host_at - 3);
  if (host == "exotel.com" || host.ends_with(".exotel.com") || host == "exotel.in" ||
      host.ends_with(".exotel.in"))
    url.resize(path_at);
}

Key exotel_url(Names names) {
  Key key = address(std::move(names), "an address such as https://api.in.exotel.com", {"https://", "http://"},
                    PARLEY_AT(exotel.url));
  key.set = [plain = key.set](Settings& settings, Texts texts) -> Result<void> {
    if (auto set = plain(settings, texts); !set) return set;
    drop_path_of_exotel(settings.exotel.url);
    return {};
  };
  return key;
}

void add_exotel(std::vector<Key>& keys) {
  keys.push_back(
      secret({"exotel.api_key",
              {"EXOTEL_API_KEY"},
              "The key of the Exotel account; needs exotel.api_token and exotel.account_sid, too."},
             "1 to 256 characters", 1, false, PARLEY_AT(exotel.api_key)));
  keys.push_back(secret({"exotel.api_token", {"EXOTEL_API_TOKEN"}, "The token that goes with it."},
                        "1 to 256 characters", 1, false, PARLEY_AT(exotel.api_token)));
  keys.push_back(word({"exotel.account_sid", {"EXOTEL_ACCOUNT_SID", "EXOTEL_SID"}, "The account's SID."},
                      "1 to 100 letters, digits and -_.", 1, 100, "._", PARLEY_AT(exotel.account_sid)));
  keys.push_back(word(
      {"exotel.subdomain", {"EXOTEL_SUBDOMAIN"}, "The host of its interface, as Exotel's portal shows it."},
      "a host such as api.in.exotel.com", 1, 253, "@._:/", PARLEY_AT(exotel.subdomain)));
  keys.push_back(one_of({"exotel.region",
                         {"EXOTEL_REGION"},
                         "Where the account is: India, USA, Singapore or UAE; empty is Singapore."},
                        kRegions, PARLEY_AT(exotel.region)));
  keys.push_back(
      exotel_url({"exotel.url",
                  {"EXOTEL_BASE_URL"},
                  "Another server in Exotel's place; of Exotel's own hosts only the host counts."}));
  keys.push_back(word({"exotel.number", {"EXOTEL_VIRTUAL_NUMBER"}, "Whom callees see calling."},
                      "a phone number", 3, 32, "+ ()", PARLEY_AT(exotel.number)));
  keys.push_back(word(
      {"exotel.app_id", {"EXOTEL_EXOPHLO_ID", "EXOTEL_APP_ID"}, "The flow that outbound calls are put into."},
      "1 to 100 letters, digits and -_.", 1, 100, "._", PARLEY_AT(exotel.app_id)));
  keys.push_back(integer({"exotel.requests_per_minute",
                          {"EXOTEL_REQUESTS_PER_MINUTE"},
                          "How often one account's interface may be asked."},
                         1, 100'000, PARLEY_AT(exotel.requests_per_minute)));
  keys.push_back(integer({"exotel.max_open_calls",
                          {"EXOTEL_MAX_OPEN_CALLS"},
                          "Outbound calls of one account at the same time; 0 is no limit."},
                         0, 100'000, PARLEY_AT(exotel.max_open_calls)));
}

void add_twilio(std::vector<Key>& keys) {
  keys.push_back(word({"twilio.account_sid",
                       {"TWILIO_ACCOUNT_SID"},
                       "The SID of the Twilio account; needs twilio.auth_token, too."},
                      "1 to 100 letters, digits and -_.", 1, 100, "._", PARLEY_AT(twilio.account_sid)));
  keys.push_back(secret({"twilio.auth_token",
                         {"TWILIO_AUTH_TOKEN"},
                         "The token that goes with it; Twilio's webhooks are checked with it."},
                        "1 to 256 characters", 1, false, PARLEY_AT(twilio.auth_token)));
  keys.push_back(word({"twilio.number", {"TWILIO_NUMBER"}, "Whom callees see calling."}, "a phone number", 3,
                      32, "+ ()", PARLEY_AT(twilio.number)));
  keys.push_back(
      public_url({"twilio.url", {"TWILIO_BASE_URL"}, "Where Twilio is reached."}, PARLEY_AT(twilio.url)));
}

}  // namespace

void add_carrier_keys(std::vector<Key>& keys) {
  add_exotel(keys);
  add_twilio(keys);
  keys.push_back(
      secret({"carrier_webhooks.secret",
              {"PARLEY_WEBHOOK_SECRET"},
              "Carriers' requests must carry it, at the end of the address or as the password of Basic."},
             "8 to 256 letters, digits and -_.~", 8, true, PARLEY_AT(carrier_webhooks.secret)));
  keys.push_back(networks({"carrier_webhooks.allow",
                           {"PARLEY_WEBHOOK_ALLOW"},
                           "Who may send carriers' requests; empty is everyone."},
                          PARLEY_AT(carrier_webhooks.allow)));
  keys.push_back(integer({"carrier_webhooks.requests_per_second",
                          {"PARLEY_WEBHOOK_REQUESTS_PER_SECOND"},
                          "Carriers' requests of one address; four times as many in a burst."},
                         1, 100'000, PARLEY_AT(carrier_webhooks.requests_per_second)));
  keys.push_back(duration({"carrier_webhooks.ask_after",
                           {"PARLEY_CARRIER_ASK_AFTER"},
                           "A call that was placed or announced and of which nothing is heard for so long is "
                           "asked for at the carrier; so is what a call that is over leaves untold."},
                          1s, 1h, PARLEY_AT(carrier_webhooks.ask_after), 1s));
  keys.push_back(duration({"carrier_webhooks.give_up_after",
                           {"PARLEY_CARRIER_GIVE_UP_AFTER"},
                           "A call of which nothing is heard for so long has failed."},
                          10s, 24h, PARLEY_AT(carrier_webhooks.give_up_after), 1s));
}

#undef PARLEY_AT

}  // namespace parley::settings

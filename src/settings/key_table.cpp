#include "settings/key_table.hpp"

#include <array>

#include <fmt/core.h>

#include "settings/key_kinds.hpp"

namespace parley::settings {
namespace {

using namespace std::chrono_literals;
using namespace kinds;

constexpr std::array<std::pair<std::string_view, PathStyle>, 3> kPathStyles = {
    {{"auto", PathStyle::automatic}, {"true", PathStyle::always}, {"false", PathStyle::never}}};
constexpr std::array<std::pair<std::string_view, log::Level>, 6> kLevels = {{{"trace", log::Level::trace},
                                                                             {"debug", log::Level::debug},
                                                                             {"info", log::Level::info},
                                                                             {"warn", log::Level::warn},
                                                                             {"error", log::Level::error},
                                                                             {"off", log::Level::off}}};
constexpr std::array<std::pair<std::string_view, LogFormat>, 3> kFormats = {
    {{"auto", LogFormat::automatic}, {"text", LogFormat::text}, {"json", LogFormat::json}}};
constexpr std::array<std::pair<std::string_view, int>, 3> kRates = {
    {{"8000", 8000}, {"16000", 16000}, {"24000", 24000}}};

#define PARLEY_AT(place) ([](auto&& settings) -> auto& { return settings.place; })

std::vector<Key> make_table() {
  std::vector<Key> keys;
  keys.push_back(text(
      {"listen.host", {"PARLEY_HOST"}, "The address to listen on. 0.0.0.0 is every network of the machine."},
      "an IP address", PARLEY_AT(listen.host)));
  keys.push_back(integer(
      {"listen.port", {"PARLEY_PORT"}, "The port to listen on; with 0 the system chooses a free one."}, 0,
      65535, PARLEY_AT(listen.port)));
  keys.push_back(public_url(
      {"public_url",
       {"PUBLIC_URL", "OUR_BASE_URL", "WEBHOOK_BASE_URL", "NEXT_PUBLIC_APP_URL"},
       "Where the carrier reaches this server from outside. The stream's address is made from it."},
      PARLEY_AT(public_url)));
  keys.push_back(
      text({"tls.certificate",
            {"PARLEY_TLS_CERTIFICATE"},
            "A PEM file with the certificate and its chain; needs tls.key, too. SIGHUP reads both anew."},
           "a file", PARLEY_AT(tls.certificate)));
  keys.push_back(text({"tls.key", {"PARLEY_TLS_KEY"}, "A PEM file with the certificate's private key."},
                      "a file", PARLEY_AT(tls.key)));
  keys.push_back(text({"data_dir", {"PARLEY_DATA_DIR"}, "The call log and the recordings are kept here."},
                      "a directory", PARLEY_AT(data_dir)));
  keys.push_back(postgres_url(
      {"database.url",
       {"DATABASE_URL"},
       "PostgreSQL for the call log and everything that is set up; empty is SQLite in data_dir."},
      PARLEY_AT(database_url)));
  keys.push_back(
      text({"node", {"PARLEY_NODE"}, "This node's name where several share a database; each needs its own."},
           "a name", PARLEY_AT(node)));
  keys.push_back(
      secret({"secrets.key",
              {"PARLEY_SECRET_KEY"},
              "Encrypts carriers' and vendors' keys in the database: 64 hex digits, or several such "
              "keys with commas between them, the newest first; empty is secrets.file."},
             "64 hex digits, or several such keys with commas", 64, false, PARLEY_AT(secrets.key), 1024));
  keys.push_back(
      text({"secrets.file",
            {"PARLEY_SECRET_FILE"},
            "Where that key is kept instead; made at the first start. Empty is secret.key in data_dir."},
           "a file", PARLEY_AT(secrets.file)));
  keys.push_back(origins({"api.cors_origins",
                          {"PARLEY_CORS_ORIGINS"},
                          "Web pages of other origins that may use the API; * is all, without cookies."},
                         PARLEY_AT(api.cors_origins)));
  keys.push_back(integer({"api.requests_per_second",
                          {"PARLEY_API_REQUESTS_PER_SECOND"},
                          "Of one API key or address; four times as many in a burst."},
                         1, 100'000, PARLEY_AT(api.requests_per_second)));
  keys.push_back(integer({"shards", {"PARLEY_SHARDS"}, "Event loops, a thread each; 0 is one for each core."},
                         0, 256, PARLEY_AT(shards)));
  keys.push_back(integer({"calls.max", {"PARLEY_MAX_CALLS"}, "Calls at the same time; one more is refused."},
                         1, 100'000, PARLEY_AT(calls.max)));
  keys.push_back(duration({"calls.max_loop_lag",
                           {"PARLEY_MAX_LOOP_LAG"},
                           "When an event loop is later than this, new calls are refused."},
                          1ms, 10s, PARLEY_AT(calls.max_loop_lag)));
  keys.push_back(text(
      {"agents.default", {"PARLEY_AGENT"}, "The agent of calls that name none: a name, or a path to a file."},
      "an agent's name or file", PARLEY_AT(agents.default_agent)));
  keys.push_back(text({"agents.directory",
                       {"PARLEY_AGENTS_DIR"},
                       "Agent files (.yaml, .yml, .json) beside the bundled ones."},
                      "a directory", PARLEY_AT(agents.directory)));
  keys.push_back(one_of({"log.level", {"PARLEY_LOG_LEVEL"}, "The least important lines that are written."},
                        kLevels, PARLEY_AT(log.level)));
  keys.push_back(
      one_of({"log.format", {"PARLEY_LOG_FORMAT"}, "auto is text on a terminal and JSON otherwise."},
             kFormats, PARLEY_AT(log.format)));
  keys.push_back(duration({"drain.deadline",
                           {"PARLEY_DRAIN_DEADLINE"},
                           "When the server is stopped, running calls may go on for so long."},
                          0ms, 24h, PARLEY_AT(drain.deadline)));
  keys.push_back(text({"stream.auth.user",
                       {"PARLEY_STREAM_USER"},
                       "Basic authentication of the media stream; needs the password, too."},
                      "a name", PARLEY_AT(stream.user)));
  keys.push_back(secret(
      {"stream.auth.password", {"PARLEY_STREAM_PASSWORD"}, "The password that goes with stream.auth.user."},
      "1 to 256 characters", 1, false, PARLEY_AT(stream.password)));
  keys.push_back(secret({"stream.path_token",
                         {"PARLEY_STREAM_TOKEN"},
                         "A token that must stand at the end of the stream's address."},
                        "8 to 256 letters, digits and -_.~", 8, true, PARLEY_AT(stream.path_token)));
  keys.push_back(
      networks({"stream.allow", {"PARLEY_STREAM_ALLOW"}, "Who may open a media stream; empty is everyone."},
               PARLEY_AT(stream.allow)));
  keys.push_back(networks(
      {"stream.trusted_proxies", {"PARLEY_TRUSTED_PROXIES"}, "Proxies whose X-Forwarded-For is believed."},
      PARLEY_AT(stream.trusted_proxies)));
  keys.push_back(integer({"stream.max_message_bytes",
                          {"PARLEY_STREAM_MAX_MESSAGE_BYTES"},
                          "A longer message of the carrier ends its stream."},
                         1024, 16'777'216, PARLEY_AT(stream.max_message_bytes)));
  keys.push_back(one_of({"stream.default_sample_rate",
                         {"PARLEY_STREAM_SAMPLE_RATE"},
                         "Samples per second when the carrier does not say."},
                        kRates, PARLEY_AT(stream.default_sample_rate_hz)));
  keys.push_back(duration(
      {"stream.piece", {"PARLEY_STREAM_PIECE"}, "The length of the pieces of sound sent to the carrier."},
      20ms, 1s, PARLEY_AT(stream.piece), 20ms));
  keys.push_back(duration({"stream.lead",
                           {"PARLEY_STREAM_LEAD"},
                           "Sound is sent so far ahead of its time: against holes on a shaky network."},
                          20ms, 5s, PARLEY_AT(stream.lead)));
  keys.push_back(duration({"stream.dead_after",
                           {"PARLEY_STREAM_DEAD_AFTER"},
                           "A stream that is silent for so long is taken to be dead."},
                          1s, 10min, PARLEY_AT(stream.dead_after)));
  keys.push_back(boolean({"stream.sequence_numbers",
                          {"PARLEY_STREAM_SEQUENCE_NUMBERS"},
                          "Number the messages sent to the carrier."},
                         PARLEY_AT(stream.sequence_numbers)));
  add_carrier_keys(keys);
  keys.push_back(integer({"speech.threads",
                          {"PARLEY_SPEECH_THREADS"},
                          "Threads of the local recogniser and voice; 0 is one for each core."},
                         0, 256, PARLEY_AT(speech.threads)));
  keys.push_back(text({"speech.model_dir",
                       {"PARLEY_SPEECH_MODEL_DIR"},
                       "The recogniser's models; empty is where the system keeps them."},
                      "a directory", PARLEY_AT(speech.model_dir)));
  keys.push_back(integer({"speech.cache_bytes",
                          {"PARLEY_SPEECH_CACHE_BYTES"},
                          "Sentences spoken by vendors are kept on disk up to so much; 0 keeps none."},
                         0, 1'000'000'000'000, PARLEY_AT(speech.cache_bytes)));
  for (const VendorSetting& vendor : vendor_settings()) {
    const auto access = vendor.access;
    keys.push_back(secret({fmt::format("vendors.{}.key", vendor.name),
                           {std::string(vendor.key_variable)},
                           fmt::format("The key of {}.", vendor.name)},
                          "1 to 256 characters", 1, false,
                          [access](auto&& settings) -> auto& { return (settings.vendors.*access).key; }));
    Names names{fmt::format("vendors.{}.url", vendor.name),
                {std::string(vendor.url_variable)},
                fmt::format("Where {} is reached.", vendor.name)};
    const auto url = [access](auto&& settings) -> auto& { return (settings.vendors.*access).url; };
    // A brain speaks over a WebSocket, so that is how people write its address.
    keys.push_back(vendor.access == &Settings::Vendors::brain
                       ? address(std::move(names), "an address such as wss://brain.example.com/parley",
                                 {"wss://", "https://", "ws://", "http://"}, url)
                       : public_url(std::move(names), url));
  }
  keys.push_back(boolean({"vendors.shared",
                          {"PARLEY_VENDORS_SHARED"},
                          "Workspaces without a key of their own use the keys set here; otherwise only the "
                          "default workspace does."},
                         PARLEY_AT(vendors.shared)));
  keys.push_back(
      boolean({"vendors.warm",
               {"PARLEY_VENDORS_WARM"},
               "Connect to an agent's vendors when a call begins; otherwise when they are needed."},
              PARLEY_AT(vendors.warm)));
  keys.push_back(text({"vendors.ca_file",
                       {"PARLEY_VENDORS_CA_FILE"},
                       "Authorities trusted beside the system's, for vendors inside your own network."},
                      "a PEM file", PARLEY_AT(vendors.ca_file)));
  keys.push_back(
      text({"vendors.prices_file",
            {"PARLEY_PRICES_FILE"},
            "Your own price table (`parley prices` prints the bundled one); empty is the bundled one."},
           "a YAML file", PARLEY_AT(vendors.prices_file)));
  keys.push_back(text({"vendors.models_file",
                       {"PARLEY_MODELS_FILE"},
                       "Your own notes on models that end; empty is the bundled ones."},
                      "a YAML file", PARLEY_AT(vendors.models_file)));
  keys.push_back(networks({"outbound.allow",
                           {"PARLEY_OUTBOUND_ALLOW"},
                           "Networks that addresses set by users (tools, brains, webhooks) may lead to "
                           "although they are not public, such as 10.0.0.0/8."},
                          PARLEY_AT(outbound.allow)));
  keys.push_back(boolean({"recordings.keep_local",
                          {"PARLEY_RECORDINGS_KEEP_LOCAL"},
                          "Keep a recording's file in the data directory when it is safe in S3."},
                         PARLEY_AT(recordings.keep_local)));
  keys.push_back(word({"s3.bucket",
                       {"AWS_S3_BUCKET", "S3_BUCKET"},
                       "The bucket recordings are kept in; without one they stay in the data directory."},
                      "3 to 63 letters, digits and -_.", 3, 63, "._", PARLEY_AT(s3.bucket)));
  keys.push_back(
      word({"s3.region", {"AWS_REGION"}, "The bucket's region; most other stores than Amazon's do not mind."},
           "a region such as ap-south-1", 1, 64, "_", PARLEY_AT(s3.region)));
  keys.push_back(address({"s3.endpoint",
                          {"S3_ENDPOINT"},
                          "Where the store is reached; empty is Amazon's address of the region."},
                         "an address such as http://127.0.0.1:9000", {"https://", "http://"},
                         PARLEY_AT(s3.endpoint)));
  keys.push_back(address(
      {"s3.public_endpoint",
       {"S3_PUBLIC_ENDPOINT"},
       "Where browsers reach the store, in the links to recordings; empty is s3.endpoint."},
      "an address such as https://s3.example.com", {"https://", "http://"}, PARLEY_AT(s3.public_endpoint)));
  keys.push_back(
      word({"s3.access_key_id", {"AWS_ACCESS_KEY_ID"}, "Whose key requests to the store are signed with."},
           "1 to 128 letters, digits and -_.", 1, 128, "._", PARLEY_AT(s3.access_key_id)));
  keys.push_back(secret(
      {"s3.secret_access_key", {"AWS_SECRET_ACCESS_KEY"}, "The secret that goes with s3.access_key_id."},
      "1 to 256 characters", 1, false, PARLEY_AT(s3.secret_access_key)));
  keys.push_back(
      secret({"s3.session_token", {"AWS_SESSION_TOKEN"}, "The token that goes with temporary keys."},
             "1 to 4096 characters", 1, false, PARLEY_AT(s3.session_token), 4096));
  keys.push_back(one_of({"s3.path_style",
                         {"S3_PATH_STYLE"},
                         "Whether the bucket stands in the path of addresses (true) or in the host's name "
                         "(false); auto is false for Amazon's addresses and true for all others."},
                        kPathStyles, PARLEY_AT(s3.path_style)));
  keys.push_back(key_prefix({"s3.prefix", {"S3_PREFIX"}, "Folders of the bucket that all keys begin with."},
                            PARLEY_AT(s3.prefix)));
  return keys;
}

#undef PARLEY_AT

}  // namespace

std::span<const VendorSetting> vendor_settings() {
  using Vendors = Settings::Vendors;
  static constexpr std::array kVendors = {
      VendorSetting{"deepgram", "DEEPGRAM_API_KEY", "DEEPGRAM_BASE_URL", &Vendors::deepgram},
      VendorSetting{"openai", "OPENAI_API_KEY", "OPENAI_BASE_URL", &Vendors::openai},
      VendorSetting{"gemini", "GEMINI_API_KEY", "GEMINI_BASE_URL", &Vendors::gemini},
      VendorSetting{"elevenlabs", "ELEVENLABS_API_KEY", "ELEVENLABS_BASE_URL", &Vendors::elevenlabs},
      VendorSetting{"sarvam", "SARVAM_API_KEY", "SARVAM_BASE_URL", &Vendors::sarvam},
      VendorSetting{"groq", "GROQ_API_KEY", "GROQ_BASE_URL", &Vendors::groq},
      VendorSetting{"azure", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT", &Vendors::azure},
      VendorSetting{"openrouter", "OPENROUTER_API_KEY", "OPENROUTER_BASE_URL", &Vendors::openrouter},
      VendorSetting{"compatible", "COMPATIBLE_API_KEY", "COMPATIBLE_BASE_URL", &Vendors::compatible},
      VendorSetting{"ollama", "OLLAMA_API_KEY", "OLLAMA_BASE_URL", &Vendors::ollama},
      VendorSetting{"vllm", "VLLM_API_KEY", "VLLM_BASE_URL", &Vendors::vllm},
      VendorSetting{"llamacpp", "LLAMACPP_API_KEY", "LLAMACPP_BASE_URL", &Vendors::llamacpp},
      VendorSetting{"lmstudio", "LMSTUDIO_API_KEY", "LMSTUDIO_BASE_URL", &Vendors::lmstudio},
      VendorSetting{"brain", "BRAIN_KEY", "BRAIN_URL", &Vendors::brain},
  };
  return kVendors;
}

const std::vector<Key>& key_table() {
  static const std::vector<Key> table = make_table();
  return table;
}

}  // namespace parley::settings

// Everything that can be set, and where it comes from: parley.yaml, then .env, then the environment, then the
// command line; the later wins. docs/configuration.md is generated from the same table that reads the values.
//
// A value that is a secret appears in no message, dump or log.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "settings/ip_allow_list.hpp"

namespace parley::settings {

using std::chrono::milliseconds;

enum class LogFormat { automatic, text, json };  // automatic: text on a terminal, else JSON

enum class PathStyle { automatic, always, never };  // automatic: as the endpoint is known to want it

// Access to a vendor: no key, no use of it.
struct VendorAccess {
  std::string key;  // secret
  std::string url;  // without a slash at the end
};

struct Settings {
  struct Listen {
    std::string host = "127.0.0.1";
    int port = 8080;  // 0: the system chooses
  } listen;
  std::string public_url;  // without a slash at the end; may be empty
  struct Tls {
    std::string certificate;  // PEM file with the chain; both or neither
    std::string key;
  } tls;
  std::string data_dir = "./data";
  std::string database_url;  // secret; postgresql://…; empty: SQLite in the data directory
  std::string node;          // of several that share a database: whose calls these are
  struct Secrets {
    std::string key;   // secret; empty: the file's
    std::string file;  // empty: secret.key in the data directory
  } secrets;
  struct Api {
    std::vector<std::string> cors_origins;
    int requests_per_second = 50;  // of one key or address
  } api;
  int shards = 0;  // event loops; 0: one for each core
  struct Calls {
    int max = 100;
    milliseconds max_loop_lag{200};  // later than this, new calls are refused
  } calls;
  struct Agents {
    std::string default_agent = "appointment-desk";
    std::string directory;  // may be empty
  } agents;
  struct Log {
    log::Level level = log::Level::info;
    LogFormat format = LogFormat::automatic;
  } log;
  struct Drain {
    milliseconds deadline{60'000};
  } drain;
  struct Stream {
    std::string user;        // with password: both or neither
    std::string password;    // secret
    std::string path_token;  // secret
    IpAllowList allow;       // empty: everyone
    IpAllowList trusted_proxies;
    std::size_t max_message_bytes = 262'144;
    int default_sample_rate_hz = 8000;
    milliseconds piece{100};
    milliseconds lead{400};
    milliseconds dead_after{10'000};
    bool sequence_numbers = true;
  } stream;
  struct Exotel {
    std::string api_key;
    std::string api_token;  // secret
    std::string account_sid;
    std::string subdomain;  // "api", "api4", "@api.in.exotel.com": as the portal shows it
    std::string region;     // in, us, sg, ae; empty: Singapore
    std::string url;        // of another server in its place, without a slash at the end; empty: its own
    std::string number;     // what callees see where nothing else is said
    std::string app_id;     // the flow that outbound calls go into
    int requests_per_minute = 100;
    int max_open_calls = 50;  // of one account at once; 0: no limit
  } exotel;
  struct Twilio {
    std::string account_sid;
    std::string auth_token;  // secret
    std::string number;
    std::string url = "https://api.twilio.com";
  } twilio;
  struct CarrierWebhooks {
    std::string
        secret;  // secret; in the path or as Basic password of carriers' requests; empty: not asked for
    IpAllowList allow;               // empty: everyone
    int requests_per_second = 100;   // of one address
    milliseconds ask_after{90'000};  // a call of which nothing was heard for so long is asked for
    milliseconds give_up_after{4 * 3'600'000};
  } carrier_webhooks;
  struct Speech {
    int threads = 0;                                // 0: one for each core
    std::string model_dir;                          // empty: where the system keeps them
    std::size_t cache_bytes = 256UL * 1024 * 1024;  // of spoken sentences kept on disk; 0: none
  } speech;
  struct Vendors {
    VendorAccess deepgram{"", "https://api.deepgram.com"};
    VendorAccess openai{"", "https://api.openai.com/v1"};
    VendorAccess gemini{"", "https://generativelanguage.googleapis.com"};
    VendorAccess elevenlabs{"", "https://api.elevenlabs.io"};
    VendorAccess sarvam{"", "https://api.sarvam.ai"};
    VendorAccess groq{"", "https://api.groq.com/openai/v1"};
    VendorAccess azure{"", ""};
    VendorAccess openrouter{"", "https://openrouter.ai/api/v1"};
    VendorAccess compatible{"", ""};
    VendorAccess ollama{"", "http://127.0.0.1:11434/v1"};
    VendorAccess vllm{"", "http://127.0.0.1:8000/v1"};
    VendorAccess llamacpp{"", "http://127.0.0.1:8080/v1"};
    VendorAccess lmstudio{"", "http://127.0.0.1:1234/v1"};
    VendorAccess brain{"", ""};
    bool shared = true;       // workspaces without a key of their own use these
    bool warm = true;         // connections are opened when a call begins, not when they are needed
    std::string ca_file;      // PEM, beside the system's authorities
    std::string prices_file;  // empty: the bundled table
    std::string models_file;  // empty: the bundled notes
  } vendors;
  struct Outbound {
    IpAllowList allow;  // of networks that are refused otherwise; empty: none
  } outbound;
  struct Recordings {
    bool keep_local = false;  // the file stays when the recording is safe in S3
  } recordings;
  struct S3 {  // without a bucket recordings stay files
    std::string bucket;
    std::string region = "us-east-1";
    std::string endpoint;           // empty: Amazon's own
    std::string public_endpoint;    // empty: the endpoint
    std::string access_key_id;      // with secret_access_key: both or neither
    std::string secret_access_key;  // secret
    std::string session_token;      // secret
    PathStyle path_style = PathStyle::automatic;
    std::string prefix;  // of every key, without a slash at the end
  } s3;
};

// The vendors there are, for whoever goes through all of them.
struct VendorSetting {
  std::string_view name;          // as in agent files and in vendors.NAME.key
  std::string_view key_variable;  // "OPENAI_API_KEY"
  std::string_view url_variable;
  VendorAccess Settings::Vendors::* access;
};
std::span<const VendorSetting> vendor_settings();

// What the command line gave, as it was written; checked like every other source.
struct Overrides {
  std::optional<std::string> host;
  std::optional<std::string> port;
  std::optional<std::string> data_dir;
  std::optional<std::string> max_calls;
  std::optional<std::string> agent;
  std::optional<std::string> agents_directory;
  std::optional<std::string> log_level;
  std::optional<std::string> log_format;
};

// The texts that settings are made of. A text that is absent is a file that is not there.
struct Sources {
  std::optional<std::string> yaml;
  std::string yaml_name = "parley.yaml";
  std::optional<std::string> dotenv;
  std::string dotenv_name = ".env";
  std::map<std::string, std::string> environment;
  Overrides overrides;
};

struct Loaded {
  Settings settings;
  std::vector<std::string> warnings;  // misspelt PARLEY_ variables: nothing else would tell
};

// Pure. Every mistake in any source is a line of the one error; each names the file and line, variable or
// option.
Result<Loaded> resolve(const Sources& sources);

struct LoadOptions {
  // Empty: parley.yaml of the directory, if it is there. A file that is named must exist.
  std::filesystem::path config_file;
  std::filesystem::path directory = ".";  // where .env and parley.yaml are looked for
  Overrides overrides;
};

// Reads the files and the process's environment. Blocking; start-up only.
Result<Loaded> load(const LoadOptions& options);

// "key: value" lines in the table's order; a secret is "(set)" or "(not set)".
std::string settings_text(const Settings& settings);

// The text of docs/configuration.md.
std::string configuration_reference();

}  // namespace parley::settings

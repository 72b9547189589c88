#include "settings/key_table.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/text_value.hpp"

namespace parley::settings {
namespace {

using namespace std::chrono_literals;
using Texts = std::span<const std::string>;

std::unexpected<Error> wrong(std::string_view wanted, std::string_view value) {
  constexpr std::size_t kMost = 60;
  return fail(Errc::invalid_argument, fmt::format("must be {}, not '{}{}'", wanted, value.substr(0, kMost),
                                                  value.size() > kMost ? "..." : ""));
}

struct Names {
  std::string name;
  std::vector<std::string> variables;
  std::string doc;
};

Key base_of(Names names, std::string values) {
  Key key;
  key.name = std::move(names.name);
  key.variables = std::move(names.variables);
  key.doc = std::move(names.doc);
  key.values = std::move(values);
  return key;
}

// `at` gives the place of the value in Settings.
template <class At>
Key text(Names names, std::string values, At at) {
  Key key = base_of(std::move(names), std::move(values));
  key.set = [at, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    const bool needed = !at(Settings()).empty();
    if (needed && texts[0].empty()) return wrong(wanted, texts[0]);
    at(settings) = texts[0];
    return {};
  };
  key.show = [at](const Settings& settings) { return at(settings); };
  return key;
}

template <class At>
Key integer(Names names, std::int64_t least, std::int64_t most, At at) {
  Key key = base_of(std::move(names), fmt::format("a whole number from {} to {}", least, most));
  key.set = [at, least, most, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    const auto value = parse_integer(texts[0]);
    if (!value || *value < least || *value > most) return wrong(wanted, texts[0]);
    auto& into = at(settings);
    into = static_cast<std::remove_reference_t<decltype(into)>>(*value);
    return {};
  };
  key.show = [at](const Settings& settings) { return fmt::format("{}", at(settings)); };
  return key;
}

template <class At>
Key duration(Names names, milliseconds least, milliseconds most, At at, milliseconds step = 1ms) {
  std::string values = fmt::format("a duration from {} to {}", duration_text(least), duration_text(most));
  if (step != 1ms) values += fmt::format(", a multiple of {}", duration_text(step));
  Key key = base_of(std::move(names), std::move(values));
  key.set = [at, least, most, step, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    const auto value = parse_duration(texts[0]);
    if (!value || *value < least || *value > most || value->count() % step.count() != 0)
      return wrong(wanted + ", such as 600ms, 2s or 10m", texts[0]);
    at(settings) = *value;
    return {};
  };
  key.show = [at](const Settings& settings) { return duration_text(at(settings)); };
  return key;
}

template <class At>
Key boolean(Names names, At at) {
  Key key = base_of(std::move(names), "true or false");
  key.set = [at, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    const auto value = parse_boolean(texts[0]);
    if (!value) return wrong(wanted, texts[0]);
    at(settings) = *value;
    return {};
  };
  key.show = [at](const Settings& settings) { return std::string(at(settings) ? "true" : "false"); };
  return key;
}

template <class At, class Value, std::size_t N>
Key one_of(Names names, std::array<std::pair<std::string_view, Value>, N> choices, At at) {
  std::vector<std::string_view> all;
  all.reserve(N);
  for (const auto& choice : choices)
    all.push_back(choice.first);
  Key key = base_of(std::move(names), fmt::format("one of {}", fmt::join(all, ", ")));
  key.set = [at, choices, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    for (const auto& [name, value] : choices) {
      if (name != texts[0]) continue;
      at(settings) = value;
      return {};
    }
    return wrong(wanted, texts[0]);
  };
  key.show = [at, choices](const Settings& settings) {
    for (const auto& [name, value] : choices) {
      if (value == at(settings)) return std::string(name);
    }
    return std::string();
  };
  return key;
}

template <class At>
Key networks(Names names, At at) {
  Key key = base_of(std::move(names), "a list of IP addresses and networks");
  key.list = true;
  key.set = [at](Settings& settings, Texts texts) -> Result<void> {
    auto list = IpAllowList::parse(texts);
    if (!list) return fail(list.error());
    at(settings) = std::move(*list);
    return {};
  };
  key.show = [at](const Settings& settings) {
    return fmt::format("{}", fmt::join(at(settings).entries(), ", "));
  };
  return key;
}

// An address that begins with one of these.
template <class At>
Key address(Names names, std::string values, std::vector<std::string_view> schemes, At at) {
  Key key = base_of(std::move(names), std::move(values));
  key.set = [at, schemes = std::move(schemes), wanted = key.values](Settings& settings,
                                                                    Texts texts) -> Result<void> {
    std::string_view url = texts[0];
    const auto fits = [&](std::string_view one) { return url.starts_with(one); };
    const auto found = std::ranges::find_if(schemes, fits);
    const std::size_t scheme = found == schemes.end() ? 0 : found->size();
    // An address with a name and password in it would be shown and logged.
    const bool odd = url.find_first_of(" \t@?#\"<>\\") != std::string_view::npos;
    if (scheme == 0 || url.size() == scheme || url[scheme] == '/' || odd)
      return fail(Errc::invalid_argument, "must be " + wanted);
    while (url.ends_with('/'))
      url.remove_suffix(1);
    at(settings) = std::string(url);
    return {};
  };
  key.show = [at](const Settings& settings) { return at(settings); };
  return key;
}

template <class At>
Key public_url(Names names, At at) {
  return address(std::move(names), "an address such as https://voice.example.com", {"https://", "http://"},
                 at);
}

// A secret of at least `least` characters; a URL's characters only when it stands in a path.
template <class At>
Key secret(Names names, std::string values, std::size_t least, bool in_path, At at) {
  Key key = base_of(std::move(names), std::move(values));
  key.secret = true;
  key.set = [at, least, in_path, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    const auto plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
             c == '_' || c == '.' || c == '~';
    };
    const bool fits = texts[0].size() >= least && texts[0].size() <= 256 &&
                      (!in_path || std::ranges::all_of(texts[0], plain));
    if (!fits) return fail(Errc::invalid_argument, "must be " + wanted);
    at(settings) = texts[0];
    return {};
  };
  key.show = [at](const Settings& settings) {
    return std::string(at(settings).empty() ? "(not set)" : "(set)");
  };
  return key;
}

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
  keys.push_back(text({"data_dir", {"PARLEY_DATA_DIR"}, "The call log and the recordings are kept here."},
                      "a directory", PARLEY_AT(data_dir)));
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

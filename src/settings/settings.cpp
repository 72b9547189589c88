#include "settings/settings.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <unistd.h>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/text_value.hpp"
#include "base/yaml_reader.hpp"
#include "settings/dotenv.hpp"
#include "settings/key_table.hpp"

namespace parley::settings {
namespace {

using Variables = std::map<std::string, std::string>;

class Resolver {
 public:
  void yaml(const std::string& text, const std::string& name) {
    parley::yaml::Reader reader(text, name);
    for (const auto& key : key_table()) {
      parley::yaml::Map map = reader.root();
      std::string_view rest = key.name;
      for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
        map = map.section(rest.substr(0, dot));
        rest.remove_prefix(dot + 1);
      }
      if (!map.has(rest)) continue;
      std::vector<std::string> values;
      for (auto& value : map.texts(rest))
        values.push_back(std::move(value.text));
      if (!key.list && values.size() != 1) {
        map.problem(rest, fmt::format("must be {}", key.values));
      } else if (const auto set = key.set(settings_, values); !set) {
        reader.problem(map.place(rest), fmt::format("{}: {}", key.name, set.error().message));
      }
    }
    if (const auto done = reader.finish(); !done) problems_.push_back(done.error().message);
  }

  // `source` says where the variables stand: ".env" or "the environment".
  void variables(const Variables& variables, std::string_view source) {
    for (const auto& key : key_table()) {
      for (const auto& name : key.variables) {
        // An empty variable is as good as none: templates of .env files are full of them.
        const auto found = variables.find(name);
        if (found == variables.end() || found->second.empty()) continue;
        take(key, found->second, fmt::format("{} in {}", name, source));
        break;
      }
    }
    warn_of_misspelt(variables, source);
  }

  void option(const char* option, std::string_view name, const std::optional<std::string>& value) {
    if (!value) return;
    const auto key = std::ranges::find(key_table(), name, &Key::name);
    take(*key, *value, option);
  }

  void problem(std::string message) { problems_.push_back(std::move(message)); }

  Result<Loaded> finish() {
    if (settings_.stream.user.empty() != settings_.stream.password.empty())
      problem("stream.auth.user and stream.auth.password: set both or neither");
    if (settings_.stream.lead < settings_.stream.piece)
      problem(fmt::format("stream.lead: {} is less than stream.piece, {}",
                          duration_text(settings_.stream.lead), duration_text(settings_.stream.piece)));
    if (settings_.tls.certificate.empty() != settings_.tls.key.empty())
      problem("tls.certificate and tls.key: set both or neither");
    const Settings::S3& s3 = settings_.s3;
    if (s3.access_key_id.empty() != s3.secret_access_key.empty())
      problem("s3.access_key_id and s3.secret_access_key: set both or neither");
    if (!s3.bucket.empty() && s3.access_key_id.empty() && s3.secret_access_key.empty())
      problem(
          "s3.bucket: needs s3.access_key_id (AWS_ACCESS_KEY_ID) and s3.secret_access_key "
          "(AWS_SECRET_ACCESS_KEY)");
    check_carriers();
    if (!problems_.empty())
      return fail(Errc::invalid_argument, fmt::format("{}", fmt::join(problems_, "\n")));
    return Loaded{std::move(settings_), std::move(warnings_)};
  }

  void check_carriers() {
    const Settings::Exotel& exotel = settings_.exotel;
    const bool some = !exotel.api_key.empty() || !exotel.api_token.empty() || !exotel.account_sid.empty();
    const bool all = !exotel.api_key.empty() && !exotel.api_token.empty() && !exotel.account_sid.empty();
    if (some && !all) {
      problem(
          "exotel.api_key (EXOTEL_API_KEY), exotel.api_token (EXOTEL_API_TOKEN) and exotel.account_sid "
          "(EXOTEL_ACCOUNT_SID): set all of them or none");
    }
    if (settings_.twilio.account_sid.empty() != settings_.twilio.auth_token.empty()) {
      problem(
          "twilio.account_sid (TWILIO_ACCOUNT_SID) and twilio.auth_token (TWILIO_AUTH_TOKEN): set both or "
          "neither");
    }
  }

 private:
  void take(const Key& key, const std::string& value, std::string_view where) {
    std::vector<std::string> values;
    if (key.list) {
      std::string_view rest = value;
      while (!rest.empty()) {
        const auto comma = std::min(rest.find(','), rest.size());
        std::string_view part = rest.substr(0, comma);
        while (part.starts_with(' '))
          part.remove_prefix(1);
        while (part.ends_with(' '))
          part.remove_suffix(1);
        if (!part.empty()) values.emplace_back(part);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
      }
    } else {
      values.push_back(value);
    }
    if (const auto set = key.set(settings_, values); !set)
      problem(fmt::format("{}: {}: {}", where, key.name, set.error().message));
  }

  void warn_of_misspelt(const Variables& variables, std::string_view source) {
    std::vector<std::string> known;
    for (const auto& key : key_table())
      known.insert(known.end(), key.variables.begin(), key.variables.end());
    for (const auto& [name, value] : variables) {
      // Of commands that ask a server; they look in the environment alone.
      const bool of_commands = name == "PARLEY_SERVER" || name == "PARLEY_API_KEY";
      if (of_commands && source == "the environment") continue;
      if (!name.starts_with("PARLEY_") || std::ranges::find(known, name) != known.end()) continue;
      std::string warning = fmt::format("{} in {} is no setting and is ignored", name, source);
      if (const auto meant = nearest(name, known); !meant.empty())
        warning += fmt::format("; did you mean {}?", meant);
      warnings_.push_back(std::move(warning));
    }
  }

  Settings settings_;
  std::vector<std::string> problems_;
  std::vector<std::string> warnings_;
};

// A file that is not there is no text; one that cannot be read is an error.
Result<std::optional<std::string>> file_text(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path, error))
    return fail(Errc::io, fmt::format("{}: cannot be read", path.string()));
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Result<Loaded> resolve(const Sources& sources) {
  Resolver resolver;
  if (sources.yaml) resolver.yaml(*sources.yaml, sources.yaml_name);
  if (sources.dotenv) {
    const auto variables = parse_dotenv(*sources.dotenv, sources.dotenv_name);
    if (variables) {
      resolver.variables(*variables, sources.dotenv_name);
    } else {
      resolver.problem(variables.error().message);
    }
  }
  resolver.variables(sources.environment, "the environment");
  const Overrides& given = sources.overrides;
  resolver.option("--host", "listen.host", given.host);
  resolver.option("--port", "listen.port", given.port);
  resolver.option("--data-dir", "data_dir", given.data_dir);
  resolver.option("--max-calls", "calls.max", given.max_calls);
  resolver.option("--agent", "agents.default", given.agent);
  resolver.option("--agents-dir", "agents.directory", given.agents_directory);
  resolver.option("--log-level", "log.level", given.log_level);
  resolver.option("--log-format", "log.format", given.log_format);
  return resolver.finish();
}

Result<Loaded> load(const LoadOptions& options) {
  Sources sources;
  const bool named = !options.config_file.empty();
  const auto yaml_path = named ? options.config_file : options.directory / "parley.yaml";
  auto yaml = file_text(yaml_path);
  if (!yaml) return fail(yaml.error());
  if (named && !*yaml)
    return fail(Errc::not_found, fmt::format("{}: there is no such file", yaml_path.string()));
  sources.yaml = std::move(*yaml);
  sources.yaml_name = yaml_path.lexically_normal().string();
  const auto dotenv_path = options.directory / ".env";
  auto dotenv = file_text(dotenv_path);
  if (!dotenv) return fail(dotenv.error());
  sources.dotenv = std::move(*dotenv);
  sources.dotenv_name = dotenv_path.lexically_normal().string();
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      sources.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  sources.overrides = options.overrides;
  return resolve(sources);
}

std::string settings_text(const Settings& settings) {
  std::string out;
  for (const auto& key : key_table())
    out += fmt::format("{}: {}\n", key.name, key.show(settings));
  return out;
}

}  // namespace parley::settings

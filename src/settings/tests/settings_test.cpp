// Where settings come from, what a wrong one is told, and that no secret is ever shown.
#include "settings/settings.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/dotenv.hpp"
#include "settings/key_table.hpp"

namespace parley::settings {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string problems(const Sources& sources) {
  const auto loaded = resolve(sources);
  return loaded ? "none" : loaded.error().message;
}

TEST(Settings, NeedNothing) {
  const auto loaded = resolve({});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->settings.listen.host, "127.0.0.1");
  EXPECT_EQ(loaded->settings.listen.port, 8080);
  EXPECT_EQ(loaded->settings.agents.default_agent, "appointment-desk");
  EXPECT_EQ(loaded->settings.drain.deadline, 60s);
  EXPECT_TRUE(loaded->settings.stream.allow.empty());
  EXPECT_TRUE(loaded->warnings.empty());
}

TEST(Settings, TheLaterSourceWins) {
  Sources sources;
  const auto port = [&] { return resolve(sources)->settings.listen.port; };
  sources.yaml = "listen: {port: 1}";
  EXPECT_EQ(port(), 1);
  sources.dotenv = "PARLEY_PORT=2";
  EXPECT_EQ(port(), 2);
  sources.environment = {{"PARLEY_PORT", "3"}};
  EXPECT_EQ(port(), 3);
  sources.overrides.port = "4";
  EXPECT_EQ(port(), 4);
  sources.overrides.port.reset();
  sources.environment["PARLEY_PORT"] = "";
  EXPECT_EQ(port(), 2);
}

TEST(Settings, ADatabaseThatIsNotPostgresqlIsRefusedWithoutQuotingItsPassword) {
  Sources sources;
  sources.environment["DATABASE_URL"] = "mysql://parley:hunter22@db/parley";
  const auto loaded = resolve(sources);
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("DATABASE_URL"), std::string::npos);
  EXPECT_EQ(loaded.error().message.find("hunter22"), std::string::npos);
}

TEST(Settings, ACertificateNeedsItsKeyAndAnOriginHasNoPath) {
  Sources sources;
  sources.yaml = "tls: {certificate: a.pem}\napi: {cors_origins: ['https://a.example/page']}\n";
  const auto loaded = resolve(sources);
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("tls.certificate and tls.key"), std::string::npos);
  EXPECT_NE(loaded.error().message.find("api.cors_origins"), std::string::npos);
}

TEST(Settings, ReadEveryKeyFromAFile) {
  Sources sources;
  sources.yaml = R"(
listen: {host: 0.0.0.0, port: 0}
public_url: https://voice.example.com/
data_dir: /var/lib/parley
tls: {certificate: fullchain.pem, key: privkey.pem}
database: {url: "postgresql://parley:hunter22@db/parley"}
node: a
secrets: {key: 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff, file: /run/secret.key}
api: {cors_origins: ["https://app.example.com"], requests_per_second: 9}
shards: 2
calls: {max: 5, max_loop_lag: 50ms}
agents: {default: echo, directory: agents}
log: {level: debug, format: json}
drain: {deadline: 2m}
stream:
  auth: {user: exotel, password: hunter22}
  path_token: abcdefgh
  allow: [10.0.0.0/8, "2001:db8::/32"]
  trusted_proxies: 127.0.0.1
  max_message_bytes: 65536
  default_sample_rate: 16000
  piece: 20ms
  lead: 200ms
  dead_after: 5s
  sequence_numbers: false
exotel:
  api_key: key
  api_token: token
  account_sid: acme1
  subdomain: "@api.in.exotel.com"
  region: in
  url: https://api.in.exotel.com/v2/accounts
  number: "+918030752400"
  app_id: "778"
  requests_per_minute: 60
  max_open_calls: 5
twilio: {account_sid: AC1, auth_token: token, number: "+15005550006", url: "http://127.0.0.1:9"}
carrier_webhooks: {secret: abcdefgh, allow: 192.0.2.0/24, requests_per_second: 7, ask_after: 30s, give_up_after: 1h}
speech: {threads: 1, model_dir: /models, cache_bytes: 1000}
recordings: {keep_local: true}
outbound: {allow: [10.0.0.0/8]}
s3:
  bucket: my-recordings
  region: ap-south-1
  endpoint: http://127.0.0.1:9000/
  public_endpoint: https://s3.example.com
  access_key_id: AKIDEXAMPLE
  secret_access_key: abc/def+1
  session_token: token
  path_style: "false"
  prefix: parley/calls/
vendors:
  warm: false
  shared: false
  ca_file: ca.pem
  prices_file: prices.yaml
  models_file: models.yaml
)";
  for (const VendorSetting& vendor : vendor_settings())
    *sources.yaml += fmt::format("  {}: {{key: k-{}, url: \"http://127.0.0.1:9/{}\"}}\n", vendor.name,
                                 vendor.name, vendor.name);
  const auto loaded = resolve(sources);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Settings& got = loaded->settings;
  EXPECT_EQ(got.public_url, "https://voice.example.com");
  EXPECT_EQ(got.calls.max_loop_lag, 50ms);
  EXPECT_EQ(got.log.level, log::Level::debug);
  EXPECT_EQ(got.log.format, LogFormat::json);
  EXPECT_EQ(got.stream.password, "hunter22");
  EXPECT_TRUE(got.stream.allow.contains("10.1.2.3"));
  EXPECT_TRUE(got.stream.trusted_proxies.contains("127.0.0.1"));
  EXPECT_EQ(got.stream.max_message_bytes, 65536u);
  EXPECT_FALSE(got.stream.sequence_numbers);
  EXPECT_EQ(got.exotel.url, "https://api.in.exotel.com");
  EXPECT_EQ(got.s3.endpoint, "http://127.0.0.1:9000");
  EXPECT_EQ(got.s3.prefix, "parley/calls");
  EXPECT_EQ(got.s3.path_style, PathStyle::never);
  // No key was left at its default: the table reads them all.
  const std::string text = settings_text(got);
  const std::string defaults = settings_text(Settings());
  for (const auto& key : key_table())
    EXPECT_NE(key.show(got), key.show(Settings())) << key.name;
  EXPECT_THAT(text, HasSubstr("stream.allow: 10.0.0.0/8, 2001:db8::/32\n"));
  EXPECT_THAT(text, HasSubstr("stream.auth.password: (set)\n"));
  EXPECT_THAT(defaults, HasSubstr("stream.auth.password: (not set)\n"));
}

TEST(Settings, EveryKeyHasAVariableOfItsOwn) {
  std::set<std::string> seen;
  for (const auto& key : key_table()) {
    EXPECT_FALSE(key.variables.empty()) << key.name;
    EXPECT_FALSE(key.doc.empty()) << key.name;
    for (const auto& variable : key.variables)
      EXPECT_TRUE(seen.insert(variable).second) << variable;
  }
}

TEST(Settings, ListsInVariablesAreSeparatedByCommas) {
  Sources sources;
  sources.environment = {{"PARLEY_STREAM_ALLOW", "10.0.0.0/8, 192.0.2.7,"}};
  const auto loaded = resolve(sources);
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->settings.stream.allow.contains("192.0.2.7"));
  EXPECT_FALSE(loaded->settings.stream.allow.contains("192.0.2.8"));
}

TEST(Settings, OfSeveralVariablesTheFirstThatIsSetCounts) {
  Sources sources;
  sources.environment = {
      {"NEXT_PUBLIC_APP_URL", "http://d.test"}, {"WEBHOOK_BASE_URL", "http://c.test"}, {"PUBLIC_URL", ""}};
  EXPECT_EQ(resolve(sources)->settings.public_url, "http://c.test");
}

TEST(Settings, AWrongValueNamesItsPlace) {
  const auto in_yaml = [](const char* text) {
    Sources sources;
    sources.yaml = text;
    return problems(sources);
  };
  const auto in_environment = [](const char* name, const char* value) {
    Sources sources;
    sources.environment = {{name, value}};
    return problems(sources);
  };
  EXPECT_EQ(in_yaml("listen:\n  port: many"),
            "parley.yaml:2: listen.port: must be a whole number from 0 to 65535, not 'many'");
  EXPECT_EQ(in_yaml("listen:\n  prot: 1"),
            "parley.yaml:2: unknown key 'prot' in listen; allowed: host, port (did you mean 'port'?)");
  EXPECT_EQ(in_yaml("data_dir: ''"), "parley.yaml:1: data_dir: must be a directory, not ''");
  EXPECT_EQ(in_yaml("agents: {directory: ''}"), "none");
  EXPECT_EQ(in_yaml("data_dir: [a, b]"), "parley.yaml:1: data_dir: must be a directory");
  EXPECT_EQ(
      in_yaml("stream: {allow: [ten]}"),
      "parley.yaml:1: stream.allow: 'ten' is no IP address or network such as 10.0.0.0/8 or 2001:db8::/32");
  EXPECT_EQ(
      in_environment("PARLEY_PORT", "80 80"),
      "PARLEY_PORT in the environment: listen.port: must be a whole number from 0 to 65535, not '80 80'");
  EXPECT_EQ(in_environment("PARLEY_LOG_LEVEL", "loud"),
            "PARLEY_LOG_LEVEL in the environment: log.level: must be one of trace, debug, info, warn, error, "
            "off, not 'loud'");
  EXPECT_EQ(in_environment("PARLEY_STREAM_PIECE", "30ms"),
            "PARLEY_STREAM_PIECE in the environment: stream.piece: must be a duration from 20ms to 1s, a "
            "multiple of 20ms, "
            "such as 600ms, 2s or 10m, not '30ms'");
  EXPECT_EQ(in_environment("PARLEY_STREAM_LEAD", "40ms"),
            "stream.lead: 40ms is less than stream.piece, 100ms");
  EXPECT_EQ(in_environment("PARLEY_STREAM_SAMPLE_RATE", "44100"),
            "PARLEY_STREAM_SAMPLE_RATE in the environment: stream.default_sample_rate: must be one of 8000, "
            "16000, 24000, "
            "not '44100'");
  for (const char* url :
       {"voice.example.com", "https://", "https:///x", "https://a b", "ftp://a", "https://user:pw@host"})
    EXPECT_EQ(
        in_environment("OUR_BASE_URL", url),
        "OUR_BASE_URL in the environment: public_url: must be an address such as https://voice.example.com");
  EXPECT_EQ(in_environment("BRAIN_URL", "wss://brain.example.com/parley"), "none");
  EXPECT_EQ(in_environment("BRAIN_URL", "brain.example.com"),
            "BRAIN_URL in the environment: vendors.brain.url: must be an address such as "
            "wss://brain.example.com/parley");
  EXPECT_THAT(in_environment("OPENAI_BASE_URL", "wss://api.example.com"), HasSubstr("must be an address"));
  Sources sources;
  sources.yaml = "shards: -1";
  sources.dotenv = "A=1\nPARLEY_MAX_CALLS=0\n";
  sources.overrides.max_calls = "none";
  EXPECT_EQ(problems(sources),
            "parley.yaml:1: shards: must be a whole number from 0 to 256, not '-1'\n"
            "PARLEY_MAX_CALLS in .env: calls.max: must be a whole number from 1 to 100000, not '0'\n"
            "--max-calls: calls.max: must be a whole number from 1 to 100000, not 'none'");
}

TEST(Settings, ASecretIsNeverShown) {
  const std::string secret = "p@ss w0rd/secret";
  Sources sources;
  sources.yaml = "stream:\n  path_token: '" + secret + "'\n  auth: {password: '" + secret + "', usr: x}\n";
  sources.dotenv = "PARLEY_STREAM_TOKEN=" + secret + "\nPARLEY_STREAM_PASSWORD=\"" + secret + "\n";
  sources.environment = {{"PARLEY_STREAM_TOKEN", secret},
                         {"PARLEY_STREAM_TOKN", secret},
                         {"PARLEY_STREAM_PASSWORD", secret + std::string(300, 'x')}};
  const std::string message = problems(sources);
  EXPECT_THAT(message,
              HasSubstr("parley.yaml:2: stream.path_token: must be 8 to 256 letters, digits and -_.~"));
  EXPECT_THAT(message, HasSubstr(".env:2: the value of PARLEY_STREAM_PASSWORD has a quote"));
  EXPECT_THAT(
      message,
      HasSubstr(
          "PARLEY_STREAM_PASSWORD in the environment: stream.auth.password: must be 1 to 256 characters"));
  EXPECT_THAT(message, Not(HasSubstr("w0rd")));

  Sources good;
  good.environment = {
      {"PARLEY_STREAM_USER", "u"}, {"PARLEY_STREAM_PASSWORD", secret}, {"PARLEY_STREAM_TOKN", secret}};
  const auto loaded = resolve(good);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(settings_text(loaded->settings), Not(HasSubstr("w0rd")));
  EXPECT_THAT(loaded->warnings,
              ElementsAre("PARLEY_STREAM_TOKN in the environment is no setting and is ignored; did you "
                          "mean PARLEY_STREAM_TOKEN?"));
}

TEST(Settings, UserAndPasswordGoTogether) {
  Sources sources;
  sources.environment = {{"PARLEY_STREAM_USER", "u"}};
  EXPECT_EQ(problems(sources), "stream.auth.user and stream.auth.password: set both or neither");
}

TEST(Settings, ACarriersCredentialsAreWholeOrAbsent) {
  Sources sources;
  sources.environment = {{"EXOTEL_API_KEY", "key"}, {"EXOTEL_SID", "acme1"}, {"EXOTEL_SUBDOMAIN", "api4"}};
  EXPECT_EQ(problems(sources),
            "exotel.api_key (EXOTEL_API_KEY), exotel.api_token (EXOTEL_API_TOKEN) and exotel.account_sid "
            "(EXOTEL_ACCOUNT_SID): set all of them or none");
  sources.environment["EXOTEL_API_TOKEN"] = "token";
  EXPECT_EQ(problems(sources), "none");
  sources.environment["TWILIO_ACCOUNT_SID"] = "AC1";
  EXPECT_THAT(problems(sources), HasSubstr("set both or neither"));
  sources.environment["TWILIO_AUTH_TOKEN"] = "token";
  EXPECT_EQ(problems(sources), "none");
  sources.environment["EXOTEL_REGION"] = "eu";
  EXPECT_THAT(problems(sources), HasSubstr("exotel.region: must be one of in, us, sg, ae"));
}

TEST(Settings, OfExotelsOwnHostsThePathIsDropped) {
  Sources sources;
  const auto url = [&](const char* value) {
    sources.environment = {{"EXOTEL_BASE_URL", value}};
    return resolve(sources)->settings.exotel.url;
  };
  EXPECT_EQ(url("https://api.exotel.com/v2/accounts"), "https://api.exotel.com");
  EXPECT_EQ(url("https://api.exotel.com/"), "https://api.exotel.com");
  EXPECT_EQ(url("http://127.0.0.1:9/exotel"), "http://127.0.0.1:9/exotel");
  EXPECT_EQ(url("https://notexotel.com/x"), "https://notexotel.com/x");
}

TEST(Settings, ABucketNeedsItsKeys) {
  Sources sources;
  sources.environment = {{"S3_BUCKET", "recordings"}};
  EXPECT_THAT(problems(sources), HasSubstr("s3.bucket: needs s3.access_key_id (AWS_ACCESS_KEY_ID)"));
  sources.environment["AWS_ACCESS_KEY_ID"] = "AKID";
  EXPECT_EQ(problems(sources), "s3.access_key_id and s3.secret_access_key: set both or neither");
  sources.environment["AWS_SECRET_ACCESS_KEY"] = "secret";
  EXPECT_EQ(problems(sources), "none");
}

TEST(Settings, APrefixOfKeysLeadsNowhereElse) {
  Sources sources;
  for (const char* wrong : {"../other", "a//b", "/a", "a/./b", "a b", "a/..", "."}) {
    sources.environment = {{"S3_PREFIX", wrong}};
    EXPECT_THAT(problems(sources), HasSubstr("s3.prefix: must be folders of letters")) << wrong;
  }
}

TEST(Settings, AFileThatIsNamedMustExist) {
  const auto loaded = load({.config_file = "/nowhere/parley.yaml", .directory = "/nowhere", .overrides = {}});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Errc::not_found);
  EXPECT_TRUE(load({.config_file = {}, .directory = "/nowhere", .overrides = {}}));
}

TEST(Settings, ThePublishedReferenceIsTheTable) {
  const char* path = PARLEY_SOURCE_DIR "/docs/configuration.md";
  // Run with UPDATE_DOCS=1 after a change of the table.
  if (std::getenv("UPDATE_DOCS")) std::ofstream(path) << configuration_reference();
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, configuration_reference()) << "run settings_test once with UPDATE_DOCS=1";
}

TEST(Dotenv, ReadsTheUsualForms) {
  const auto got = parse_dotenv(
      "\xEF\xBB\xBF# a comment\r\nA=1\r\n\nexport B = two words # note\nC='a # \"b\" "
      "\\n'\nD=\"x\\n\\\"y\\\"\" # z\nE=\nF=a#b\nA=2\nG=a=b\nH=# none\n",
      ".env");
  ASSERT_TRUE(got) << got.error().message;
  const std::map<std::string, std::string> wanted = {
      {"A", "2"}, {"B", "two words"}, {"C", "a # \"b\" \\n"}, {"D", "x\n\"y\""},
      {"E", ""},  {"F", "a#b"},       {"G", "a=b"},           {"H", ""}};
  EXPECT_EQ(*got, wanted);
}

TEST(Dotenv, NamesTheLineAndNotTheValue) {
  const std::pair<const char*, const char*> cases[] = {
      {"A=1\nsecret", ".env:2: must be NAME=value, a comment or empty"},
      {"1A=secret", ".env:1: must be NAME=value, a comment or empty"},
      {"=secret", ".env:1: must be NAME=value, a comment or empty"},
      {"A='secret", ".env:1: the value of A has a quote that is not closed at its end"},
      {"A=\"secret\" more", ".env:1: the value of A has a quote that is not closed at its end"},
  };
  for (const auto& [text, message] : cases) {
    const auto got = parse_dotenv(text, ".env");
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().message, message);
  }
}

}  // namespace
}  // namespace parley::settings

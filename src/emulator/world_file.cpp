#include "emulator/world_file.hpp"

#include <fmt/format.h>

#include "base/yaml_reader.hpp"

namespace parley::emulator {
namespace {

constexpr milliseconds kShortest{0};
constexpr milliseconds kLongest = std::chrono::hours(4);
constexpr int kMostRequests = 100'000;
constexpr std::size_t kMostParameters = 3;
constexpr std::size_t kParameterChars = 256;

constexpr std::pair<std::string_view, Delivery> kDeliveries[] = {{"normal", Delivery::normal},
                                                                 {"out_of_order", Delivery::out_of_order},
                                                                 {"twice", Delivery::twice},
                                                                 {"late", Delivery::late},
                                                                 {"never", Delivery::never}};

constexpr std::pair<std::string_view, CallbackForm> kForms[] = {{"by_events", CallbackForm::by_events},
                                                                {"long", CallbackForm::always_long},
                                                                {"short", CallbackForm::always_short},
                                                                {"other_engine", CallbackForm::other_engine}};

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

class WorldReader {
 public:
  explicit WorldReader(std::string_view server) : server_(server) {
    server_ws_ = server.starts_with("https")  ? "wss" + std::string(server.substr(5))
                 : server.starts_with("http") ? "ws" + std::string(server.substr(4))
                                              : std::string(server);
  }

  void read(yaml::Map root, World& world) {
    world.speed = static_cast<double>(root.integer("speed", 1, 1, 10'000));
    world.max_ringing = root.duration("max_ringing", world.max_ringing, milliseconds(100), kLongest);
    world.max_stream = root.duration("max_stream", world.max_stream, milliseconds(100), kLongest);
    read_callbacks(root.section("callbacks"), world.callbacks);
    if (root.has("variants")) world.variants = variants_of(root.section("variants"), {});
    for (yaml::Map map : root.list("accounts"))
      world.accounts.push_back(account_of(map));
    if (world.accounts.empty())
      root.problem("accounts", "name at least one account: sid, api_key, api_token");
    for (yaml::Map map : root.list("flows"))
      world.flows.push_back(flow_of(map, world.variants));
    for (yaml::Map map : root.list("phones"))
      world.phones.push_back(phone_of(map, world));
    for (yaml::Map map : root.list("people"))
      world.people.push_back(person_of(map, true));
    if (root.has("anybody")) world.anybody = person_of(root.section("anybody"), false);
  }

 private:
  std::string address(yaml::Map& map, std::string_view key) {
    const std::string url = replaced(replaced(map.text(key), "{server_ws}", server_ws_), "{server}", server_);
    const bool known = url.starts_with("http://") || url.starts_with("https://") ||
                       url.starts_with("ws://") || url.starts_with("wss://");
    if (!url.empty() && !known)
      map.problem(key, "write http://, https://, ws://, wss://, or {server}/… for the server under test");
    return url;
  }

  std::string needed(yaml::Map& map, std::string_view key, std::string_view why) {
    std::string text = map.text(key);
    if (text.empty()) map.problem(key, why);
    return text;
  }

  static void read_callbacks(yaml::Map map, Callbacks& callbacks) {
    callbacks.delivery = map.one_of("delivery", callbacks.delivery, kDeliveries);
    callbacks.late_by = map.duration("late_by", callbacks.late_by, kShortest, kLongest);
    callbacks.form = map.one_of("form", callbacks.form, kForms);
    if (!map.has("retry_after")) return;
    callbacks.retry_after.clear();
    for (const yaml::Text& text : map.texts("retry_after")) {
      const auto time = caller::parse_duration(text.text);
      if (!time) map.problem("retry_after", "write times as 5m, 30s, 100ms");
      if (time) callbacks.retry_after.push_back(*time);
    }
  }

  static Variants variants_of(yaml::Map map, Variants variants) {
    static constexpr std::pair<std::string_view, caller::KeyStyle> kKeys[] = {
        {"snake", caller::KeyStyle::snake}, {"camel", caller::KeyStyle::camel}};
    static constexpr std::pair<std::string_view, caller::NumberStyle> kNumbers[] = {
        {"string", caller::NumberStyle::string}, {"integer", caller::NumberStyle::integer}};
    static constexpr std::pair<std::string_view, caller::MarksAtClear> kMarks[] = {
        {"echo", caller::MarksAtClear::echo}, {"drop", caller::MarksAtClear::drop}};
    variants.stream.keys = map.one_of("keys", variants.stream.keys, kKeys);
    variants.stream.numbers = map.one_of("numbers", variants.stream.numbers, kNumbers);
    variants.stream.rate_with_unit = map.boolean("rate_with_unit", variants.stream.rate_with_unit);
    variants.stream.flat_dtmf = map.boolean("flat_dtmf", variants.stream.flat_dtmf);
    variants.stream.connected_extras = map.boolean("connected_extras", variants.stream.connected_extras);
    variants.marks_at_clear = map.one_of("marks_at_clear", variants.marks_at_clear, kMarks);
    variants.piece = map.duration("piece", variants.piece, milliseconds(20), milliseconds(1000));
    if (variants.piece.count() % 20 != 0) map.problem("piece", "a multiple of 20ms");
    variants.keep_query = map.boolean("keep_query", variants.keep_query);
    variants.e164 = map.boolean("e164", variants.e164);
    variants.quoted_digits = map.boolean("quoted_digits", variants.quoted_digits);
    variants.epoch_end_time = map.boolean("epoch_end_time", variants.epoch_end_time);
    variants.raw_brackets = map.boolean("raw_brackets", variants.raw_brackets);
    variants.stream_json = map.boolean("stream_json", variants.stream_json);
    variants.outbound_from_exophone = map.boolean("outbound_from_exophone", variants.outbound_from_exophone);
    variants.other_to = map.text("other_to", variants.other_to);
    variants.initial_status = map.text("initial_status", variants.initial_status);
    return variants;
  }

  Account account_of(yaml::Map& map) {
    static constexpr std::pair<std::string_view, int> kRefusals[] = {
        {"nothing", 0}, {"no_balance", 402}, {"kyc", 403}, {"unavailable", 503}};
    Account account;
    account.sid = needed(map, "sid", "the account's id, as it stands in paths");
    account.api_key = needed(map, "api_key", "any made-up key: requests must carry it");
    account.api_token = needed(map, "api_token", "any made-up token: requests must carry it");
    account.requests_per_minute =
        static_cast<int>(map.integer("requests_per_minute", account.requests_per_minute, 1, kMostRequests));
    account.max_streams = static_cast<int>(map.integer("max_streams", account.max_streams, 0, kMostRequests));
    account.refuse_status = map.one_of("refuses", 0, kRefusals);
    account.private_recordings = map.boolean("private_recordings", false);
    return account;
  }

  ExoPhone phone_of(yaml::Map& map, const World& world) {
    ExoPhone phone;
    phone.number = needed(map, "number", "the ExoPhone, in quotes: \"08000000000\"");
    phone.account = map.text("account", world.accounts.empty() ? "" : world.accounts.front().sid);
    if (world.account(phone.account) == nullptr) map.problem("account", "no account has this sid");
    phone.flow = map.text("flow");
    if (!phone.flow.empty() && world.flow(phone.flow) == nullptr) map.problem("flow", "no flow has this id");
    phone.friendly_name = map.text("name", phone.number);
    phone.status_callback = address(map, "status_callback");
    return phone;
  }

  Person person_of(yaml::Map map, bool numbered) {
    static constexpr std::pair<std::string_view, Person::Answer> kAnswers[] = {
        {"answers", Person::Answer::answers},
        {"busy", Person::Answer::busy},
        {"no_answer", Person::Answer::no_answer},
        {"failed", Person::Answer::failed},
        {"voicemail", Person::Answer::voicemail}};
    Person person;
    if (numbered) person.number = needed(map, "number", "a phone number, in quotes: \"+919800000001\"");
    person.answer = map.one_of("answer", person.answer, kAnswers);
    person.after = map.duration("after", person.after, kShortest, kLongest);
    person.says = map.text("says", person.says);
    person.keys = map.text("keys");
    if (person.keys.find_first_not_of("0123456789*#") != std::string::npos)
      map.problem("keys", "digits, * and #, in quotes");
    if (map.has("hangs_up_after"))
      person.hangs_up_after = map.duration("hangs_up_after", kShortest, kShortest, kLongest);
    person.talks_for = map.duration("talks_for", person.talks_for, kShortest, kLongest);
    if (map.has("callbacks")) person.callbacks = map.one_of("callbacks", Delivery::normal, kDeliveries);
    std::vector<std::string> sentences;
    for (const yaml::Text& text : map.texts("say"))
      sentences.push_back(text.text);
    if (!sentences.empty()) person.scripts.push_back(caller::script_of_sentences(sentences));
    for (const yaml::Text& text : map.texts("script")) {
      auto script = caller::parse_caller_script(text.text);
      if (!script) map.problem("script", script.error().message);
      if (script) person.scripts.push_back(*std::move(script));
    }
    return person;
  }

  std::map<std::string, std::string> parameters_of(yaml::Map& map) {
    auto parameters = map.text_map("parameters");
    std::size_t length = 0;
    for (const auto& [key, value] : parameters)
      length += key.size() + value.size() + 2;
    if (parameters.size() > kMostParameters || length > kParameterChars)
      map.problem("parameters", "Exotel passes on three at most, 256 characters in all");
    return parameters;
  }

  int rate_of(yaml::Map& map) {
    static constexpr std::pair<std::string_view, int> kRates[] = {
        {"8000", 8000}, {"16000", 16000}, {"24000", 24000}};
    return map.one_of("sample_rate", 8000, kRates);
  }

  Applet applet_of(yaml::Map& map) {
    Applet applet;
    applet.name = map.text("name");
    applet.next = map.text("next");
    int kinds = 0;
    const auto is = [&](std::string_view kind) {
      const bool found = map.has(kind);
      kinds += found ? 1 : 0;
      return found;
    };
    if (is("greeting")) {
      yaml::Map it = map.section("greeting");
      applet.what = GreetingApplet{it.text("text"), address(it, "url")};
    }
    if (is("voicebot")) {
      yaml::Map it = map.section("voicebot");
      VoicebotApplet bot{address(it, "url"), parameters_of(it), rate_of(it), it.boolean("record", false)};
      if (bot.url.empty()) it.problem("url", "the bot's ws://, wss:// or dynamic http(s):// address");
      applet.what = std::move(bot);
    }
    if (is("stream")) {
      yaml::Map it = map.section("stream");
      applet.what = StreamApplet{address(it, "url"), parameters_of(it), rate_of(it)};
    }
    if (is("passthru")) {
      yaml::Map it = map.section("passthru");
      applet.what = PassthruApplet{address(it, "url"), it.text("on_200"), it.text("on_302")};
    }
    if (is("switch_case")) {
      yaml::Map it = map.section("switch_case");
      applet.what = SwitchCaseApplet{it.text_map("cases"), it.text("otherwise")};
    }
    if (is("connect")) {
      yaml::Map it = map.section("connect");
      ConnectApplet connect;
      for (const yaml::Text& number : it.texts("numbers"))
        connect.numbers.push_back(number.text);
      connect.url = address(it, "url");
      connect.fallback_url = address(it, "fallback_url");
      if (connect.numbers.empty() == connect.url.empty()) it.problem("url", "give either numbers or a url");
      connect.answered = it.text("answered");
      connect.unanswered = it.text("unanswered");
      applet.what = std::move(connect);
    }
    if (is("gather")) {
      yaml::Map it = map.section("gather");
      applet.what = GatherApplet{it.text("prompt"), address(it, "url")};
    }
    if (is("answer_url")) {
      yaml::Map it = map.section("answer_url");
      applet.what = AnswerUrlApplet{address(it, "url")};
    }
    if (is("hangup")) {
      map.section("hangup");
      applet.what = HangupApplet{};
    }
    if (kinds != 1) {
      map.problem("name",
                  "an applet has exactly one of greeting, voicebot, stream, passthru, switch_case, connect, "
                  "gather, answer_url, hangup");
    }
    return applet;
  }

  static void check_names(yaml::Map& map, const Flow& flow) {
    const auto check = [&](const std::string& name) {
      const bool known = name.empty() || std::ranges::any_of(flow.applets, [&](const Applet& applet) {
                           return applet.name == name;
                         });
      if (!known) map.problem("applets", fmt::format("no applet of this flow has the name '{}'", name));
    };
    for (const Applet& applet : flow.applets) {
      check(applet.next);
      if (const auto* passthru = std::get_if<PassthruApplet>(&applet.what)) {
        check(passthru->on_200);
        check(passthru->on_302);
      }
      if (const auto* connect = std::get_if<ConnectApplet>(&applet.what)) {
        check(connect->answered);
        check(connect->unanswered);
      }
      if (const auto* choice = std::get_if<SwitchCaseApplet>(&applet.what)) {
        check(choice->otherwise);
        for (const auto& [word, name] : choice->cases)
          check(name);
      }
    }
  }

  Flow flow_of(yaml::Map& map, const Variants& standard) {
    Flow flow;
    flow.id = needed(map, "id", "the flow's id, as it stands in start_voice/{id}");
    flow.variants = map.has("variants") ? variants_of(map.section("variants"), standard) : standard;
    if (map.has("callbacks")) flow.callbacks = map.one_of("callbacks", Delivery::normal, kDeliveries);
    for (yaml::Map applet : map.list("applets"))
      flow.applets.push_back(applet_of(applet));
    if (flow.applets.empty()) map.problem("applets", "a flow has at least one applet");
    check_names(map, flow);
    return flow;
  }

  const std::string server_;
  std::string server_ws_;
};

}  // namespace

Result<World> read_world(std::string_view text, std::string_view source, std::string_view server) {
  yaml::Reader reader(text, source);
  World world;
  WorldReader(server).read(reader.root(), world);
  if (auto done = reader.finish(); !done) return fail(std::move(done.error()));
  return world;
}

}  // namespace parley::emulator

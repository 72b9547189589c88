#include "caller/call_command.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "audio/wav.hpp"
#include "caller/report.hpp"
#include "net/http_server.hpp"
#include "net/url.hpp"

namespace parley::caller {
namespace {

std::unexpected<Error> bad(std::string_view option, std::string_view what) {
  return fail(Errc::invalid_argument, fmt::format("{}: {}", option, what));
}

// A number alone has `unit`: `--jitter 40` and `--drop-after 3` are natural to write.
Result<milliseconds> duration_option(std::string_view option, std::string text, std::string_view unit) {
  if (!text.empty() && text.find_first_not_of("0123456789.") == std::string::npos) text += unit;
  const auto value = parse_duration(text);
  if (!value) return bad(option, value.error().message);
  return *value;
}

std::string sample_rate_of_query(const std::string& url) {
  const auto parsed = net::parse_url(url);
  if (!parsed) return {};
  for (const auto& [key, value] : net::parse_query(parsed->query)) {
    if (key == "sample-rate" || key == "sample_rate") return value;
  }
  return {};
}

Result<int> choose_rate(const CallOptions& options) {
  int rate = options.rate;
  if (rate == 0) {
    const std::string wanted = sample_rate_of_query(options.url);
    rate = wanted == "16000" ? 16000 : wanted == "24000" ? 24000 : 8000;
  }
  if (rate != 8000 && rate != 16000 && rate != 24000) return bad("--rate", "8000, 16000 or 24000");
  return rate;
}

Result<CallerScript> choose_script(const CallOptions& options) {
  const int sources =
      (options.say.empty() ? 0 : 1) + (options.audio.empty() ? 0 : 1) + (options.script.empty() ? 0 : 1);
  if (sources > 1) return bad("--say, --audio, --script", "give one of them");
  if (!options.say.empty()) return script_of_sentences(options.say);
  if (!options.audio.empty()) {
    CallerScript script = script_of_sentences({""});
    script[1].action = PlayStep{options.audio};
    return script;
  }
  if (options.script.empty()) return CallerScript{};
  std::ifstream file(options.script, std::ios::binary);
  if (!file) return bad("--script", fmt::format("cannot read {}", options.script));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto script = parse_caller_script(text);
  if (!script) return bad(options.script, script.error().message);
  return script;
}

Result<ProtocolVariant> choose_variant(const CallOptions& options) {
  ProtocolVariant variant;
  if (options.camel) variant.keys = KeyStyle::camel;
  if (options.numbers == "int") {
    variant.numbers = NumberStyle::integer;
  } else if (options.numbers != "string") {
    return bad("--numbers", "int or string");
  }
  variant.rate_with_unit = options.rate_with_unit;
  variant.flat_dtmf = options.flat_dtmf;
  variant.connected_extras = options.connected_extras;
  return variant;
}

Result<void> fill_identity(const CallOptions& options, int rate, StreamIdentity& identity) {
  identity.account_sid = "parley1";
  identity.from = options.from;
  identity.to = options.to;
  identity.sample_rate_hz = rate;
  for (const std::string& pair : options.custom) {
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos) return bad("--custom", "write key=value");
    identity.custom_parameters[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return {};
}

Result<void> fill_times(const CallOptions& options, LoadPlan& plan) {
  struct Option {
    std::string_view name;
    const std::string& text;
    std::string_view unit;
    milliseconds& value;
  };
  for (const Option& option : {Option{"--piece", options.piece, "ms", plan.setup.piece},
                               Option{"--jitter", options.jitter, "ms", plan.target.jitter},
                               Option{"--max-duration", options.max_duration, "s", plan.setup.max_duration},
                               Option{"--max-lead", options.max_lead, "s", plan.setup.lint_limits.lead},
                               Option{"--ramp", options.ramp, "s", plan.ramp}}) {
    const auto value = duration_option(option.name, option.text, option.unit);
    if (!value) return fail(value.error());
    option.value = *value;
  }
  if (!options.drop_after.empty()) {
    const auto value = duration_option("--drop-after", options.drop_after, "s");
    if (!value) return fail(value.error());
    plan.setup.drop_after = *value;
  }
  const auto piece = plan.setup.piece.count();
  if (piece < 20 || piece > 1000 || piece % 20 != 0)
    return bad("--piece", "a multiple of 20 ms, at most 1000 ms");
  return {};
}

void print_line(std::string_view line) {
  fmt::print("{}\n", line);
  // A person, or a program at the end of a pipe, wants to follow the conversation.
  std::fflush(stdout);
}

int usage(const Error& error) {
  fmt::print(stderr, "parley call: {}\n", error.message);
  return kCallUsage;
}

int exit_code(const CallOptions& options, const LoadOutcome& outcome) {
  const bool violations = std::any_of(outcome.calls.begin(), outcome.calls.end(),
                                      [](const auto& call) { return call.violations > 0; });
  if (options.strict && violations) return kCallProtocolErrors;
  const bool failed = std::any_of(outcome.calls.begin(), outcome.calls.end(), has_failed);
  return failed || outcome.calls.empty() ? kCallFailed : kCallWentWell;
}

}  // namespace

Result<LoadPlan> plan_call(const CallOptions& options, const Voice& voice) {
  LoadPlan plan;
  const auto url = net::parse_url(options.url);
  if (!url) return bad("address", url.error().message);
  if (options.calls < 1 || options.calls > 20'000) return bad("--calls", "1 to 20000");
  if (options.calls > 1 && !options.heard.empty()) return bad("--heard", "one call only");
  if (options.output != "text" && options.output != "json") return bad("-o", "text or json");
  if (options.marks_at_clear != "echo" && options.marks_at_clear != "drop") {
    return bad("--marks-at-clear", "echo or drop");
  }
  const auto rate = choose_rate(options);
  if (!rate) return fail(rate.error());
  const auto variant = choose_variant(options);
  if (!variant) return fail(variant.error());
  plan.setup.variant = *variant;
  if (const auto filled = fill_identity(options, *rate, plan.setup.identity); !filled)
    return fail(filled.error());
  if (const auto filled = fill_times(options, plan); !filled) return fail(filled.error());
  const auto script = choose_script(options);
  if (!script) return fail(script.error());
  const std::filesystem::path folder =
      options.script.empty() ? std::filesystem::path() : std::filesystem::path(options.script).parent_path();
  auto prepared = prepare_script(*script, folder, *rate, voice);
  if (!prepared) return bad(options.script.empty() ? "sound" : options.script, prepared.error().message);
  plan.setup.script = *std::move(prepared);
  plan.setup.marks_at_clear = options.marks_at_clear == "drop" ? MarksAtClear::drop : MarksAtClear::echo;
  // In a load run the strict reader costs time that the measures want.
  plan.setup.lint = options.strict || options.calls == 1;
  plan.setup.record = !options.heard.empty();
  plan.calls = options.calls;
  plan.threads = options.threads;
  plan.target.url = options.url;
  plan.target.keep_query = options.keep_query;
  plan.target.verify_tls = !options.insecure;
  plan.target.ask_transcript = options.calls == 1 && !options.no_transcript;
  plan.target.seed = options.seed;
  return plan;
}

int run_call_command(const CallOptions& options) {
  const auto voice = flite_voice(options.voice);
  if (!voice) return usage(voice.error());
  const auto plan = plan_call(options, *voice);
  if (!plan) return usage(plan.error());

  const bool single = plan->calls == 1;
  CallListener silent;
  ConversationPrinter printer(print_line);
  CallListener& listener = single && options.output == "text" ? static_cast<CallListener&>(printer) : silent;
  const LoadOutcome outcome = run_calls(*plan, listener);

  if (options.output == "json") {
    print_line(json_of(outcome));
  } else if (single && !outcome.calls.empty()) {
    fmt::print("{}", text_of_call(outcome.calls[0], options.strict));
  } else {
    fmt::print("{}", text_of_summary(summarise(outcome)));
    if (options.strict) {
      for (const CallReport& call : outcome.calls) {
        if (call.violations > 0) fmt::print("call {}\n{}", call.call_sid, text_of_call(call, true));
      }
    }
  }
  std::fflush(stdout);
  if (!options.heard.empty() && !outcome.calls.empty()) {
    const CallReport& call = outcome.calls[0];
    const auto written = audio::write_wav(options.heard, {call.sample_rate_hz, 2, call.recorded});
    if (!written) {
      fmt::print(stderr, "parley call: --heard: {}\n", written.error().message);
      return kCallFailed;
    }
  }
  return exit_code(options, outcome);
}

}  // namespace parley::caller

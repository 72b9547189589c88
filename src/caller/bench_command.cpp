#include "caller/bench_command.hpp"

#include <sys/resource.h>

#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "caller/caller_script.hpp"

namespace parley::caller {
namespace {

using std::chrono::milliseconds;

struct Quantiles {
  std::size_t count = 0;
  double p50 = 0, p90 = 0, p99 = 0, max = 0;
};

// Nearest rank.
Quantiles quantiles_of(std::vector<float> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto at = [&](double part) {
    const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(values.size())));
    return static_cast<double>(values[std::max<std::size_t>(rank, 1) - 1]);
  };
  return {values.size(), at(0.5), at(0.9), at(0.99), at(1)};
}

std::string json_of(const Quantiles& quantiles) {
  return fmt::format(R"({{"count":{},"p50":{:.3f},"p90":{:.3f},"p99":{:.3f},"max":{:.3f}}})", quantiles.count,
                     quantiles.p50, quantiles.p90, quantiles.p99, quantiles.max);
}

std::string json_of(const BenchFigures& figures) {
  return fmt::format(
      R"({{"turns":{},"answered":{},"missed_turns":{},"holes":{},"interruptions":{},"unobeyed":{},)"
      R"("talked_over":{},"greeting_ms":{},"response_ms":{},"clear_ms":{},"pacing_ms":{}}})",
      figures.turns, figures.answered, figures.missed_turns, figures.holes, figures.interruptions,
      figures.unobeyed, figures.talked_over, json_of(quantiles_of(figures.greeting_ms)),
      json_of(quantiles_of(figures.response_ms)), json_of(quantiles_of(figures.clear_ms)),
      json_of(quantiles_of(figures.pacing_ms)));
}

std::string line_of(std::string_view name, const std::vector<float>& values) {
  const Quantiles q = quantiles_of(values);
  if (q.count == 0) return {};
  return fmt::format("  {:<34} p50 {:8.2f}   p99 {:8.2f}   max {:8.2f} ms   ({})\n", name, q.p50, q.p99,
                     q.max, q.count);
}

std::string text_of(std::string_view name, const BenchFigures& figures) {
  std::string text =
      fmt::format("{}: {} turns, {} answered, {} missed, {} holes, {} interruptions, {} not obeyed\n", name,
                  figures.turns, figures.answered, figures.missed_turns, figures.holes, figures.interruptions,
                  figures.unobeyed);
  text += line_of("start to greeting", figures.greeting_ms);
  text += line_of("end of speech to answer", figures.response_ms);
  text += line_of("first voiced piece to clear", figures.clear_ms);
  text += line_of("pacing, off the ideal interval", figures.pacing_ms);
  return text;
}

Error bad(std::string_view option, std::string_view what) {
  return {Errc::invalid_argument, fmt::format("{}: {}", option, what)};
}

Result<milliseconds> time_option(std::string_view option, std::string_view text) {
  const auto value = parse_duration(text);
  if (!value) return fail(bad(option, value.error().message));
  return *value;
}

bool held(const BenchFigures& figures) {
  return figures.missed_turns == 0 && figures.holes == 0;
}

}  // namespace

Result<BenchPlan> plan_bench(const BenchOptions& options, const Voice& voice) {
  BenchPlan plan;
  const auto url = net::parse_url(options.url);
  if (!url) return fail(bad("address", url.error().message));
  auto target = find_bench_target(*url);
  if (!target) return fail(bad("address", target.error().message));
  plan.target = *std::move(target);
  if (options.calls < 1 || options.calls > 20'000) return fail(bad("--calls", "1 to 20000"));
  if (options.burst < 0 || options.burst > 20'000) return fail(bad("--burst", "0 to 20000"));
  if (options.rate != 8000 && options.rate != 16'000 && options.rate != 24'000)
    return fail(bad("--rate", "8000, 16000 or 24000"));
  if (options.output != "text" && options.output != "json") return fail(bad("-o", "text or json"));
  struct Option {
    std::string_view name;
    const std::string& text;
    milliseconds& value;
  };
  milliseconds piece{20};
  for (const auto& option :
       {Option{"--piece", options.piece, piece}, Option{"--ramp", options.ramp, plan.ramp},
        Option{"--settle", options.settle, plan.settle},
        Option{"--measure", options.measure, plan.measure}}) {
    const auto value = time_option(option.name, option.text);
    if (!value) return fail(value.error());
    option.value = *value;
  }
  if (piece < milliseconds(20) || piece > milliseconds(1000) || piece.count() % 20 != 0)
    return fail(bad("--piece", "a multiple of 20 ms, at most 1000 ms"));
  plan.calls = options.calls;
  plan.burst = options.burst;
  plan.behaviour.echo = options.echo;
  plan.server_process = options.server_process;
  auto sounds = make_bench_sounds(voice, options.rate, piece);
  if (!sounds) return fail(sounds.error());
  plan.sounds = *std::move(sounds);
  return plan;
}

bool held(const BenchOutcome& outcome) {
  return outcome.refused == 0 && outcome.lost == 0 && held(outcome.running) && held(outcome.burst);
}

std::string text_of_bench(const BenchPlan& plan, const BenchOutcome& outcome) {
  std::string text =
      fmt::format("{} calls, pieces of {} ms, measured for {:.1f} s: {}\n", plan.calls + plan.burst,
                  plan.sounds.piece.count(), outcome.seconds, held(outcome) ? "held" : "fell behind");
  if (outcome.refused + outcome.lost > 0)
    text += fmt::format("{} calls were not accepted, {} were lost\n", outcome.refused, outcome.lost);
  text += text_of("calls", outcome.running);
  if (plan.burst > 0) text += text_of("burst", outcome.burst);
  if (outcome.server_processor_seconds) {
    text += fmt::format("server: {:.1f} % of a core, {:.1f} MiB\n",
                        100 * *outcome.server_processor_seconds / outcome.seconds,
                        static_cast<double>(outcome.server_memory_kib.value_or(0)) / 1024);
  }
  text += fmt::format("this side: {:.1f} % of a core\n",
                      100 * outcome.client_processor_seconds / outcome.seconds);
  text += line_of("late in sending", outcome.client_lag_ms);
  return text;
}

std::string json_of_bench(const BenchPlan& plan, const BenchOutcome& outcome) {
  return fmt::format(
      R"({{"calls":{},"burst_calls":{},"piece_ms":{},"held":{},"seconds":{:.3f},"refused":{},"lost":{},)"
      R"("running":{},"burst":{},"server_processor_seconds":{:.3f},"server_memory_kib":{},)"
      R"("client_processor_seconds":{:.3f},"client_lag_ms":{}}})",
      plan.calls, plan.burst, plan.sounds.piece.count(), held(outcome), outcome.seconds, outcome.refused,
      outcome.lost, json_of(outcome.running), json_of(outcome.burst),
      outcome.server_processor_seconds.value_or(0), outcome.server_memory_kib.value_or(0),
      outcome.client_processor_seconds, json_of(quantiles_of(outcome.client_lag_ms)));
}

int run_bench_command(const BenchOptions& options) {
  const auto fail_with = [](const Error& error, int code) {
    fmt::print(stderr, "parley bench: {}\n", error.message);
    return code;
  };
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  const auto voice = flite_voice("slt");
  if (!voice) return fail_with(voice.error(), kBenchUsage);
  const auto plan = plan_bench(options, *voice);
  if (!plan) return fail_with(plan.error(), kBenchUsage);
  const auto outcome = run_bench(*plan);
  if (!outcome) return fail_with(outcome.error(), kBenchUsage);
  fmt::print("{}", options.output == "json" ? json_of_bench(*plan, *outcome) + "\n"
                                            : text_of_bench(*plan, *outcome));
  std::fflush(stdout);
  return held(*outcome) ? kBenchHeld : kBenchFellBehind;
}

}  // namespace parley::caller

#include "app/command_line.hpp"

#include <iostream>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/dev_command.hpp"
#include "app/doctor.hpp"
#include "app/server.hpp"
#include "app/transcribe_command.hpp"
#include "app/vendor_parts.hpp"
#include "base/log.hpp"
#include "caller/bench_command.hpp"
#include "caller/call_command.hpp"
#include "cli/calls_command.hpp"
#include "settings/settings.hpp"
#include "vendor/bundled_data.hpp"

namespace parley::app {
namespace {

constexpr int kWentWell = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;

int print_error(const Error& error) {
  std::cerr << "parley: " << error.message << '\n';
  return kFailed;
}

// Options that several commands have, as they were written.
struct CommonOptions {
  std::string config_file;
  settings::Overrides overrides;
  std::string output = "text";
};

void add_settings_options(CLI::App& command, CommonOptions& options) {
  command.add_option("--config", options.config_file, "Settings file (default: parley.yaml, if it is there)");
  command.add_option("--data-dir", options.overrides.data_dir,
                     "Where the call log and the recordings are kept");
}

void add_server_options(CLI::App& command, CommonOptions& options) {
  add_settings_options(command, options);
  auto& overrides = options.overrides;
  command.add_option("--agent", overrides.agent, "Who answers: a name, or the path of an agent file");
  command.add_option("--agents-directory", overrides.agents_directory, "Agent files beside the bundled ones");
  command.add_option("--host", overrides.host, "Address to listen on (0.0.0.0: everywhere)");
  command.add_option("--port", overrides.port, "Port to listen on (0: the system chooses)");
  command.add_option("--max-calls", overrides.max_calls, "Calls at once; one more is refused");
  command.add_option("--log-level", overrides.log_level, "trace, debug, info, warn, error or off");
  command.add_option("--log-format", overrides.log_format, "auto, text or json");
}

void add_output_option(CLI::App& command, CommonOptions& options) {
  command.add_option("-o,--output", options.output, "text or json")->check(CLI::IsMember({"text", "json"}));
}

Result<settings::Settings> load_settings(const CommonOptions& options) {
  settings::LoadOptions load;
  load.config_file = options.config_file;
  load.overrides = options.overrides;
  auto loaded = settings::load(load);
  if (!loaded) return fail(std::move(loaded.error()));
  for (const std::string& warning : loaded->warnings)
    std::cerr << "parley: warning: " << warning << '\n';
  return std::move(loaded->settings);
}

void start_logging(const settings::Settings::Log& log) {
  using settings::LogFormat;
  const bool json = log.format == LogFormat::json || (log.format == LogFormat::automatic && ::isatty(2) == 0);
  log::init(log.level, json);
}

int serve(const CommonOptions& options) {
  const auto settings = load_settings(options);
  if (!settings) return print_error(settings.error());
  start_logging(settings->log);
  const auto served = run_server(*settings);
  log::flush();
  return served ? kWentWell : print_error(served.error());
}

int develop(const CommonOptions& options, const DevOptions& how) {
  const auto settings = load_settings(options);
  if (!settings) return print_error(settings.error());
  start_logging(settings->log);
  const auto served = run_dev(*settings, how, std::cout);
  log::flush();
  return served ? kWentWell : print_error(served.error());
}

cli::Output output_of(const CommonOptions& options) {
  return options.output == "json" ? cli::Output::json : cli::Output::text;
}

int list_calls(const CommonOptions& options, const storage::CallFilter& filter) {
  const auto settings = load_settings(options);
  if (!settings) return print_error(settings.error());
  return cli::run_calls_list(settings->data_dir, filter, output_of(options), std::cout, std::cerr);
}

int show_call(const CommonOptions& options, const std::string& id) {
  const auto settings = load_settings(options);
  if (!settings) return print_error(settings.error());
  return cli::run_calls_show(settings->data_dir, id, output_of(options), std::cout, std::cerr);
}

int check_config(const CommonOptions& options) {
  const auto settings = load_settings(options);
  if (!settings) return print_error(settings.error());
  std::cout << settings::settings_text(*settings);
  return kWentWell;
}

int transcribe(const CommonOptions& common, const TranscribeOptions& options) {
  const auto settings = load_settings(common);
  if (!settings) return print_error(settings.error());
  start_logging(settings->log);
  if (auto trusted = trust_vendors(*settings); !trusted) return print_error(trusted.error());
  return run_transcribe(*settings, system_clock(), options, std::cout, std::cerr);
}

int examine(const CommonOptions& options) {
  const auto settings = load_settings(options);
  if (!settings) return print_error(settings.error());
  start_logging(settings->log);
  if (auto trusted = trust_vendors(*settings); !trusted) return print_error(trusted.error());
  return run_doctor(*settings, system_clock(), options.output == "json", std::cout);
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app("Parley: a voice-agent server for phone calls");
  app.require_subcommand(1);
  app.set_version_flag("--version", "parley " PARLEY_VERSION);
  int exit_code = kWentWell;

  CommonOptions serve_options;
  auto* serve_command = app.add_subcommand("serve", "Answer calls");
  add_server_options(*serve_command, serve_options);
  serve_command->callback([&] { exit_code = serve(serve_options); });

  DevOptions dev_options;
  auto* dev_command =
      app.add_subcommand("dev", "Answer calls at your desk, with emulated vendors if you like");
  add_server_options(*dev_command, serve_options);
  dev_command->add_flag(
      "--mock", dev_options.mock,
      "Emulated vendors instead of real ones: no key, no network (needs a checkout and Node)");
  dev_command->add_option("--emulators", dev_options.emulators,
                          "Their folder, if it is not found (tests/emulators)");
  dev_command
      ->add_option("--latency", dev_options.latency, "How long they take: none, or as the vendors publish it")
      ->check(CLI::IsMember({"none", "published"}));
  dev_command->callback([&] { exit_code = develop(serve_options, dev_options); });

  caller::CallOptions call_options;
  auto* call_command = app.add_subcommand("call", "Call a server as Exotel would: a phone without a phone");
  caller::add_call_options(*call_command, call_options);
  call_command->callback([&] { exit_code = caller::run_call_command(call_options); });

  caller::BenchOptions bench_options;
  auto* bench_command =
      app.add_subcommand("bench", "How a server that speaks Exotel's protocol bears many calls");
  caller::add_bench_options(*bench_command, bench_options);
  bench_command->callback([&] { exit_code = caller::run_bench_command(bench_options); });

  CommonOptions calls_options;
  storage::CallFilter filter;
  std::string call_id;
  auto* calls_command = app.add_subcommand("calls", "The call log");
  calls_command->require_subcommand(1);
  auto* list_command = calls_command->add_subcommand("list", "The newest calls");
  add_settings_options(*list_command, calls_options);
  add_output_option(*list_command, calls_options);
  list_command->add_option("--agent", filter.agent, "Only this agent's");
  list_command->add_option("--limit", filter.limit, "So many at most")->check(CLI::Range(1, 1000));
  list_command->callback([&] { exit_code = list_calls(calls_options, filter); });
  auto* show_command =
      calls_command->add_subcommand("show", "One call: transcript, latencies, events, recording");
  add_settings_options(*show_command, calls_options);
  add_output_option(*show_command, calls_options);
  show_command->add_option("id", call_id, "Its id, or the beginning of it")->required();
  show_command->callback([&] { exit_code = show_call(calls_options, call_id); });

  CommonOptions config_options;
  auto* config_command = app.add_subcommand("config", "The settings");
  config_command->require_subcommand(1);
  auto* check_command =
      config_command->add_subcommand("check", "Read all sources and print what is in force");
  add_settings_options(*check_command, config_options);
  check_command->callback([&] { exit_code = check_config(config_options); });
  auto* reference_command = config_command->add_subcommand("reference", "Every setting, as Markdown");
  reference_command->callback([] { std::cout << settings::configuration_reference(); });

  CommonOptions doctor_options;
  auto* doctor_command =
      app.add_subcommand("doctor", "Try every key with the cheapest request, and look for models that end");
  add_settings_options(*doctor_command, doctor_options);
  add_output_option(*doctor_command, doctor_options);
  doctor_command->add_option("--agents-directory", doctor_options.overrides.agents_directory,
                             "Agent files beside the bundled ones");
  doctor_command->add_option("--agent", doctor_options.overrides.agent,
                             "Who answers: a name, or the path of an agent file");
  doctor_command->callback([&] { exit_code = examine(doctor_options); });

  CommonOptions transcribe_settings;
  TranscribeOptions transcribe_options;
  auto* transcribe_command = app.add_subcommand("transcribe", "Write a recording down");
  add_settings_options(*transcribe_command, transcribe_settings);
  add_transcribe_options(*transcribe_command, transcribe_options);
  transcribe_command->callback([&] { exit_code = transcribe(transcribe_settings, transcribe_options); });

  app.add_subcommand("prices", "Print the bundled price table, to be edited")->callback([] {
    std::cout << vendor::bundled_prices();
  });

  app.add_subcommand("version", "Print the version")->callback([] {
    std::cout << "parley " PARLEY_VERSION "\n";
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kWentWell : kUsage;
  }
  return exit_code;
}

}  // namespace parley::app

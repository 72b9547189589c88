#include "app/command_line.hpp"

#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/api_command_line.hpp"
#include "app/command_options.hpp"
#include "app/dev_command.hpp"
#include "app/dial_command_line.hpp"
#include "app/doctor.hpp"
#include "app/emulator_command.hpp"
#include "app/server.hpp"
#include "app/transcribe_command.hpp"
#include "app/upkeep_command_line.hpp"
#include "app/vendor_parts.hpp"
#include "caller/bench_command.hpp"
#include "caller/call_command.hpp"
#include "settings/settings.hpp"
#include "vendor/bundled_data.hpp"

namespace parley::app {
namespace {

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
  dev_command->add_flag("!--no-browser", dev_options.browser, "Do not open the dashboard in the browser");
  dev_command->callback([&] { exit_code = develop(serve_options, dev_options); });

  caller::CallOptions call_options;
  auto* call_command = app.add_subcommand("call", "Call a server as Exotel would: a phone without a phone");
  caller::add_call_options(*call_command, call_options);
  call_command->callback([&] { exit_code = caller::run_call_command(call_options); });

  DialCommandLine dial_line;
  dial_line.add_to(app, exit_code);

  caller::BenchOptions bench_options;
  auto* bench_command =
      app.add_subcommand("bench", "How a server that speaks Exotel's protocol bears many calls");
  caller::add_bench_options(*bench_command, bench_options);
  bench_command->callback([&] { exit_code = caller::run_bench_command(bench_options); });

  EmulatorCommand emulator_options;
  add_emulator_command(app, emulator_options, exit_code);

  ApiCommandLine api_line;
  UpkeepCommandLine upkeep_line;
  for (const cli::ApiGroup& group : cli::api_groups()) {
    CLI::App& added = api_line.add_group(app, group, exit_code);
    if (group.name != "users") continue;
    added.alias("user");
    upkeep_line.add_to(app, added, exit_code);
  }

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
  auto* doctor_command = app.add_subcommand(
      "doctor", "Try every key with the cheapest request, and look at everything else a server needs");
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

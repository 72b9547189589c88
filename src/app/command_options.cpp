#include "app/command_options.hpp"

#include <iostream>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "base/log.hpp"

namespace parley::app {

int print_error(const Error& error) {
  std::cerr << "parley: " << error.message << '\n';
  return kFailed;
}

void add_settings_options(CLI::App& command, CommonOptions& options) {
  command.add_option("--config", options.config_file, "Settings file (default: parley.yaml, if it is there)");
  command.add_option("--data-dir", options.overrides.data_dir,
                     "Where the call log and the recordings are kept");
}

void add_output_option(CLI::App& command, CommonOptions& options) {
  command.add_option("-o,--output", options.output, "text or json")->check(CLI::IsMember({"text", "json"}));
}

cli::Output output_of(const CommonOptions& options) {
  return options.output == "json" ? cli::Output::json : cli::Output::text;
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

}  // namespace parley::app

// What the commands' lines have in common: where settings come from, how results are printed, exit codes.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "cli/api_run.hpp"
#include "settings/settings.hpp"

namespace parley::app {

inline constexpr int kWentWell = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;

// One line on stderr; kFailed.
int print_error(const Error& error);

// Options that several commands have, as they were written.
struct CommonOptions {
  std::string config_file;
  settings::Overrides overrides;
  std::string output = "text";
};

void add_settings_options(CLI::App& command, CommonOptions& options);
void add_output_option(CLI::App& command, CommonOptions& options);
cli::Output output_of(const CommonOptions& options);

// Warnings go to stderr.
Result<settings::Settings> load_settings(const CommonOptions& options);
void start_logging(const settings::Settings::Log& log);

}  // namespace parley::app

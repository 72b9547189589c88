// `parley dial +91…` on the command line.
#pragma once

#include "app/command_options.hpp"
#include "cli/dial_command.hpp"

namespace parley::app {

// What is written on the line is kept here: it outlives the parsing.
class DialCommandLine {
 public:
  void add_to(CLI::App& app, int& exit_code);

 private:
  int run();

  CommonOptions common_;
  cli::ApiServerOptions server_;
  cli::DialOptions options_;
};

}  // namespace parley::app

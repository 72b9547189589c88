// `parley agents|numbers|calls|users|keys|providers|webhooks …`: the table of cli/api_commands.hpp as
// subcommands.
#pragma once

#include <deque>

#include "app/command_options.hpp"
#include "cli/api_commands.hpp"

namespace parley::app {

// What is written on the line is kept here: it outlives the parsing.
class ApiCommandLine {
 public:
  // The group's subcommand, for those who have more to add.
  CLI::App& add_group(CLI::App& app, const cli::ApiGroup& group, int& exit_code);

 private:
  struct Line {
    const cli::ApiCommand* command = nullptr;
    CommonOptions common;
    cli::ApiServerOptions server;
    std::deque<std::vector<std::string>> values;  // by the place of the command's arguments
    std::vector<CLI::Option*> options;            // likewise; nullptr: none on the line
  };
  static void add_argument(CLI::App& subcommand, Line& line, const cli::Argument& argument);
  static int run(const Line& line);

  std::deque<Line> lines_;
};

}  // namespace parley::app

#include "app/api_command_line.hpp"

#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>

#include "app/vendor_parts.hpp"
#include "cli/api_client.hpp"
#include "cli/database_calls.hpp"
#include "cli/secret_input.hpp"

namespace parley::app {

void ApiCommandLine::add_argument(CLI::App& subcommand, Line& line, const cli::Argument& argument) {
  std::vector<std::string>& values = line.values.emplace_back();
  if (argument.place == cli::Place::secret) {
    line.options.push_back(nullptr);
    return;
  }
  const std::string name(argument.option);
  const std::string help(argument.help);
  if (argument.kind == cli::Kind::boolean) {
    line.options.push_back(subcommand.add_flag(name, help));
    return;
  }
  auto* option = subcommand.add_option(name, values, help)->allow_extra_args(false);
  if (argument.kind != cli::Kind::list) option->expected(1);
  if (argument.kind == cli::Kind::integer) option->check(CLI::PositiveNumber);
  if (argument.required) option->required();
  line.options.push_back(option);
}

int ApiCommandLine::run(const Line& line) {
  auto settings = load_settings(line.common);
  if (!settings) return print_error(settings.error());
  // What goes wrong is said by the command itself.
  settings->log.level = log::Level::error;
  start_logging(settings->log);
  if (auto trusted = trust_vendors(*settings); !trusted) return print_error(trusted.error());
  const auto environment = [](const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
  };
  auto server = cli::find_api_server(line.server, *settings, environment);
  if (!server) return print_error(server.error());

  cli::Given given;
  for (std::size_t i = 0; i < line.values.size(); ++i) {
    if (line.options[i] != nullptr && line.options[i]->count() > 0)
      given[std::string(line.command->arguments[i].option)] = line.values[i];
  }
  const cli::Surroundings around{std::cin, std::cout, std::cerr, cli::read_secret};
  const cli::Output output = output_of(line.common);
  // A directory that was named is meant itself, not whatever server answers on this machine.
  const bool database_first = line.command->from_database && server->assumed;
  if (database_first && line.common.overrides.data_dir)
    return cli::run_on_database(*settings, *line.command, given, output, around);
  const cli::ApiClient client(std::move(*server));
  Error unanswered;
  const int code = cli::run_api_command(client, *line.command, given, output, around,
                                        database_first ? &unanswered : nullptr);
  if (unanswered.message.empty()) return code;
  return cli::run_on_database(*settings, *line.command, given, output, around);
}

CLI::App& ApiCommandLine::add_group(CLI::App& app, const cli::ApiGroup& group, int& exit_code) {
  CLI::App* parent = app.add_subcommand(std::string(group.name), std::string(group.help));
  parent->require_subcommand(1);
  for (const cli::ApiCommand& command : cli::api_commands()) {
    if (command.group != group.name) continue;
    CLI::App* child = parent->add_subcommand(std::string(command.name), std::string(command.help));
    Line& line = lines_.emplace_back();
    line.command = &command;
    for (const cli::Argument& argument : command.arguments)
      add_argument(*child, line, argument);
    child->add_option("--server", line.server.url,
                      "The server's address (or PARLEY_SERVER; default: the one of this machine)");
    child->add_option("--api-key-file", line.server.key_file,
                      "A file with an API key (or the key itself in PARLEY_API_KEY)");
    child->add_option("--config", line.common.config_file,
                      "Settings file (default: parley.yaml, if it is there)");
    if (command.from_database) {
      child->add_option("--data-dir", line.common.overrides.data_dir,
                        "Ask the database in this directory instead of a server");
    }
    if (command.view != cli::View::text) add_output_option(*child, line.common);
    child->callback([&line, &exit_code] { exit_code = run(line); });
  }
  return *parent;
}

}  // namespace parley::app

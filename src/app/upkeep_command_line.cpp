#include "app/upkeep_command_line.hpp"

#include <cstdlib>
#include <functional>
#include <iostream>

#include "app/access_command.hpp"
#include "app/backup_command.hpp"
#include "app/secrets_command.hpp"

namespace parley::app {
namespace {

int with_settings(const CommonOptions& common, const std::function<int(const settings::Settings&)>& work) {
  auto settings = load_settings(common);
  if (!settings) return print_error(settings.error());
  // What goes wrong is said by the command itself.
  settings->log.level = log::Level::error;
  start_logging(settings->log);
  return work(*settings);
}

// Where a link leads that is opened by people: the public address, or the server of this machine.
Result<std::string> address_for_links(const settings::Settings& settings,
                                      const cli::ApiServerOptions& options) {
  if (options.url.empty() && !settings.public_url.empty()) return settings.public_url;
  const auto server = cli::find_api_server(options, settings, [](const char*) { return std::string(); });
  if (!server) return fail(server.error());
  return server->url;
}

}  // namespace

void UpkeepCommandLine::add_to(CLI::App& app, CLI::App& users, int& exit_code) {
  auto* migrate = app.add_subcommand("migrate", "Bring the database to what this program needs");
  add_settings_options(*migrate, common_);
  migrate->callback([this, &exit_code] {
    exit_code = with_settings(common_, [](const settings::Settings& settings) {
      return run_migrate(settings, std::cout, std::cerr);
    });
  });

  auto* backup = app.add_subcommand("backup", "Copy the database, and the recordings, while it is in use");
  add_settings_options(*backup, common_);
  backup->add_option("directory", place_, "Made for it; must not be there yet")->required();
  backup->add_flag("--recordings", recordings_, "The recordings, too, as far as they are files");
  backup->callback([this, &exit_code] {
    exit_code = with_settings(common_, [this](const settings::Settings& settings) {
      return run_backup(settings, place_, recordings_, std::cout, std::cerr);
    });
  });

  auto* restore = app.add_subcommand("restore", "Put a backup back while no server runs");
  add_settings_options(*restore, common_);
  restore->add_option("directory", place_, "The backup")->required();
  restore->add_flag("--force", force_, "Put the database that is there aside");
  restore->callback([this, &exit_code] {
    exit_code = with_settings(common_, [this](const settings::Settings& settings) {
      return run_restore(settings, place_, force_, std::cout, std::cerr);
    });
  });

  add_secrets(app, exit_code);
  add_users(users, exit_code);
}

void UpkeepCommandLine::add_secrets(CLI::App& app, int& exit_code) {
  auto* secrets = app.add_subcommand("secrets", "The key that seals carriers' and vendors' keys");
  secrets->require_subcommand(1);
  auto* rotate =
      secrets->add_subcommand("rotate", "A new key in the key's file, with which everything is sealed anew");
  add_settings_options(*rotate, common_);
  rotate->callback([this, &exit_code] {
    exit_code = with_settings(common_, [](const settings::Settings& settings) {
      return run_rotate_secrets(settings, std::cout, std::cerr);
    });
  });
  auto* reseal = secrets->add_subcommand("reseal", "Seal everything with the first of the keys there are");
  add_settings_options(*reseal, common_);
  reseal->callback([this, &exit_code] {
    exit_code = with_settings(common_, [](const settings::Settings& settings) {
      return run_reseal_secrets(settings, std::cout, std::cerr);
    });
  });
}

void UpkeepCommandLine::add_users(CLI::App& users, int& exit_code) {
  using Print = std::function<int(const settings::Settings&, const std::string& url)>;
  const auto print_link = [this, &exit_code](const Print& print) {
    exit_code = with_settings(common_, [&](const settings::Settings& settings) {
      const auto url = address_for_links(settings, server_);
      return url ? print(settings, *url) : print_error(url.error());
    });
  };
  auto* owner = users.add_subcommand(
      "owner-link", "On the server's machine: a link for the first owner, while there are no users");
  auto* reset = users.add_subcommand("reset-password",
                                     "On the server's machine: a link with which a user sets a password");
  reset->add_option("email", email_, "The user's address")->required();
  for (CLI::App* command : {owner, reset}) {
    add_settings_options(*command, common_);
    command->add_option("--server", server_.url, "The address that the link begins with");
  }
  owner->callback([print_link] {
    print_link([](const settings::Settings& settings, const std::string& url) {
      return run_owner_link(settings, url, system_clock(), std::cout, std::cerr);
    });
  });
  reset->callback([this, print_link] {
    print_link([this](const settings::Settings& settings, const std::string& url) {
      return run_reset_password(settings, email_, url, system_clock(), std::cout, std::cerr);
    });
  });
}

}  // namespace parley::app

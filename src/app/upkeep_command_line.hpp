// `parley migrate`, `backup`, `restore`, `secrets …`, and what `parley users …` does without a server.
#pragma once

#include <string>

#include "app/command_options.hpp"

namespace parley::app {

// What is written on the line is kept here: it outlives the parsing.
class UpkeepCommandLine {
 public:
  // `users` is the group of that name.
  void add_to(CLI::App& app, CLI::App& users, int& exit_code);

 private:
  void add_secrets(CLI::App& app, int& exit_code);
  void add_users(CLI::App& users, int& exit_code);

  CommonOptions common_;
  cli::ApiServerOptions server_;
  std::string place_;
  std::string email_;
  bool recordings_ = false;
  bool force_ = false;
};

}  // namespace parley::app

#include "app/dial_command_line.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>

#include "app/vendor_parts.hpp"

namespace parley::app {
namespace {

// Ctrl-C ends the call, not the command: it is kept waiting until somebody looks.
class Interrupts {
 public:
  Interrupts() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~Interrupts() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // False: one came.
  bool wait(std::chrono::milliseconds time) {
    const timespec longest{.tv_sec = static_cast<time_t>(time.count() / 1000),
                           .tv_nsec = static_cast<long>(time.count() % 1000 * 1'000'000)};
    return sigtimedwait(&set_, nullptr, &longest) < 0;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

}  // namespace

int DialCommandLine::run() {
  auto settings = load_settings(common_);
  if (!settings) return print_error(settings.error());
  settings->log.level = log::Level::error;
  start_logging(settings->log);
  if (auto trusted = trust_vendors(*settings); !trusted) return print_error(trusted.error());
  auto server = cli::find_api_server(server_, *settings, [](const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
  });
  if (!server) return print_error(server.error());
  Interrupts interrupts;
  const cli::ApiClient client(std::move(*server));
  return cli::run_dial_command(
      client, options_, output_of(common_),
      {std::cout, std::cerr, [&](std::chrono::milliseconds time) { return interrupts.wait(time); }});
}

void DialCommandLine::add_to(CLI::App& app, int& exit_code) {
  CLI::App* dial =
      app.add_subcommand("dial", "Call somebody through the server's carrier and follow the call");
  dial->footer(
      "Ends with 0 when the call was completed, 3 when nobody was reached (busy, no answer, canceled), 1 "
      "when "
      "it failed. Ctrl-C hangs up.");
  dial->add_option("NUMBER", options_.to, "As +919876543210")->required();
  dial->add_option("--agent", options_.agent, "Who talks: an agent's name or id (default: the number's own)");
  dial->add_option("--var", options_.variables, "name=value for the agent's texts; once for each")
      ->allow_extra_args(false);
  dial->add_option("--from", options_.from, "Which number of yours calls: itself or its id");
  dial->add_option("--custom-field", options_.custom_field, "What the carrier's flow is given");
  dial->add_option("--into", options_.into, "flow: into the carrier's flow; stream: straight to the agent")
      ->check(CLI::IsMember({"flow", "stream"}));
  dial->add_option("--time-limit", options_.time_limit_seconds, "Seconds that the call may take")
      ->check(CLI::Range(1, 14'400));
  dial->add_option("--ring", options_.ring_seconds, "Seconds that it may ring")->check(CLI::Range(5, 600));
  dial->add_flag("--record", options_.record, "The carrier records it, too");
  dial->add_flag("--detach", options_.detach, "Do not wait for the end");
  dial->add_option("--server", server_.url,
                   "The server's address (or PARLEY_SERVER; default: the one of this machine)");
  dial->add_option("--api-key-file", server_.key_file,
                   "A file with an API key (or the key itself in PARLEY_API_KEY)");
  dial->add_option("--config", common_.config_file, "Settings file (default: parley.yaml, if it is there)");
  add_output_option(*dial, common_);
  dial->callback([this, &exit_code] { exit_code = run(); });
}

}  // namespace parley::app

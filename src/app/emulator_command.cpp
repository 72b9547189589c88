#include "app/emulator_command.hpp"

#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/command_options.hpp"
#include "emulator/world_file.hpp"

namespace parley::app {
namespace {

constexpr int kProtocolErrors = 3;  // with --strict, as of `parley call`
constexpr std::chrono::milliseconds kLook{200};

void print_line(std::string_view line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

Result<emulator::World> choose_world(const std::string& file, const std::string& server) {
  if (file.empty()) return emulator::read_world(emulator::default_world_text(), "bundled world", server);
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Errc::not_found, fmt::format("--world: {} cannot be read", file));
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto world = emulator::read_world(text, file, server);
  if (world) world->folder = std::filesystem::path(file).parent_path();
  return world;
}

std::string finding_line(const emulator::Finding& finding, bool json) {
  if (json) {
    return boost::json::serialize(boost::json::object{{"event", "finding"},
                                                      {"call", finding.call_sid},
                                                      {"rule", finding.rule},
                                                      {"severity", finding.advice ? "advice" : "violation"},
                                                      {"text", finding.text}});
  }
  return fmt::format("{}: {}{}{}", finding.advice ? "advice" : "violation", finding.text,
                     finding.call_sid.empty() ? "" : " call=", finding.call_sid);
}

// SIGINT and SIGTERM wait to be taken by this thread; those of threads made later inherit the mask.
class Interrupts {
 public:
  Interrupts() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGINT);
    ::sigaddset(&set_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  bool came_within(std::chrono::milliseconds time) {
    const timespec wait{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(time).count()};
    return ::sigtimedwait(&set_, nullptr, &wait) > 0;
  }

 private:
  sigset_t set_{};
};

int usage(const Error& error) {
  fmt::print(stderr, "parley exotel-emulator: {}\n", error.message);
  return kUsage;
}

void print_where(const emulator::ExotelEmulator& exotel, const EmulatorCommand& options) {
  if (options.json) {
    return print_line(boost::json::serialize(
        boost::json::object{{"event", "listening"}, {"url", exotel.url()}, {"server", options.server}}));
  }
  print_line(fmt::format("exotel-emulator: listening on {}", exotel.url()));
  const emulator::World& world = exotel.world();
  const emulator::Account& account = world.accounts.front();
  print_line(
      fmt::format("server under test: {}; point it here with EXOTEL_BASE_URL={} EXOTEL_ACCOUNT_SID={} "
                  "EXOTEL_API_KEY={} EXOTEL_API_TOKEN={}",
                  options.server, exotel.url(), account.sid, account.api_key, account.api_token));
  for (const emulator::ExoPhone& phone : world.phones) {
    print_line(fmt::format("ring it: curl -d '{{\"from\":\"09800000001\",\"to\":\"{}\"}}' {}/emulator/calls",
                           phone.number, exotel.url()));
  }
}

int run_emulator(const EmulatorCommand& options) {
  auto world = choose_world(options.world, options.server);
  if (!world) return usage(world.error());
  Interrupts interrupts;
  emulator::EmulatorOptions how;
  how.host = options.host;
  how.port = static_cast<std::uint16_t>(options.port);
  how.on_finding = [json = options.json](const emulator::Finding& finding) {
    print_line(finding_line(finding, json));
  };
  auto exotel = emulator::ExotelEmulator::make(*std::move(world), std::move(how));
  if (!exotel) return print_error(exotel.error());
  print_where(**exotel, options);
  if (options.call.empty()) {
    while (!interrupts.came_within(kLook)) {
    }
  } else {
    const auto sid = (*exotel)->call(options.call[0], options.call[1]);
    if (!sid) return print_error(sid.error());
    while (!interrupts.came_within(kLook) && !(*exotel)->over(*sid)) {
    }
  }
  (*exotel)->stop();
  const int violations = (*exotel)->violations();
  if (options.json) {
    print_line(boost::json::serialize(boost::json::object{{"event", "end"}, {"violations", violations}}));
  } else {
    print_line(fmt::format("{} violations", violations));
  }
  return options.strict && violations > 0 ? kProtocolErrors : kWentWell;
}

}  // namespace

void add_emulator_command(CLI::App& app, EmulatorCommand& options, int& exit_code) {
  auto* command = app.add_subcommand("exotel-emulator",
                                     "Exotel on this machine: REST, flows, callbacks and people to talk to");
  command->add_option("--world", options.world, "Accounts, numbers, flows and people (YAML)");
  command->add_option("--server", options.server, "The server under test: {server} in the world")
      ->capture_default_str();
  command->add_option("--host", options.host, "Address to listen on")->capture_default_str();
  command->add_option("--port", options.port, "Port to listen on (0: the system chooses)")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command->add_option("--call", options.call, "Ring a number, FROM TO, and end with the call")->expected(2);
  command->add_flag("--strict", options.strict, "End with code 3 when the server did something wrong");
  command->add_flag("--json", options.json, "One JSON object a line");
  command->add_flag("--print-world", options.print_world, "Print the bundled world, to be edited");
  command->callback([&options, &exit_code] {
    if (!options.print_world) {
      exit_code = run_emulator(options);
      return;
    }
    fmt::print("{}", emulator::default_world_text());
  });
}

Result<std::unique_ptr<emulator::ExotelEmulator>> start_emulated_exotel(settings::Settings& settings,
                                                                        const std::string& server) {
  auto world = choose_world({}, server);
  if (!world) return fail(std::move(world.error()));
  auto exotel = emulator::ExotelEmulator::make(*std::move(world), {});
  if (!exotel) return exotel;
  const emulator::World& made = (*exotel)->world();
  const emulator::Account& account = made.accounts.front();
  settings.exotel.url = (*exotel)->url();
  settings.exotel.account_sid = account.sid;
  settings.exotel.api_key = account.api_key;
  settings.exotel.api_token = account.api_token;
  settings.exotel.number = made.phones.front().number;
  settings.exotel.app_id = made.phones.front().flow;
  return exotel;
}

}  // namespace parley::app

#include "app/browser_opener.hpp"

#include <sys/wait.h>

#include <array>
#include <cstdlib>
#include <spawn.h>
#include <unistd.h>
#include <vector>

namespace parley::app {
namespace {

constexpr std::array kDesktopVariables{
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_TYPE",
    "XDG_CURRENT_DESKTOP",
    "HOME",
    "PATH",
    "LANG",
};

bool is_set(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

}  // namespace

bool has_desktop() {
  return ::isatty(STDOUT_FILENO) == 1 && (is_set("DISPLAY") || is_set("WAYLAND_DISPLAY"));
}

bool open_in_browser(const std::string& url) {
  std::vector<std::string> kept;
  for (const char* name : kDesktopVariables) {
    if (is_set(name)) kept.push_back(std::string(name) + "=" + std::getenv(name));
  }
  std::vector<char*> environment;
  for (std::string& variable : kept)
    environment.push_back(variable.data());
  environment.push_back(nullptr);

  // The shell ends at once and leaves the browser to the system, so that there is nobody to wait for.
  std::string program = "sh";
  std::string flag = "-c";
  std::string script = "command -v xdg-open >/dev/null && { xdg-open \"$1\" >/dev/null 2>&1 & }";
  std::string address = url;
  std::array<char*, 6> arguments{program.data(), flag.data(),    script.data(),
                                 program.data(), address.data(), nullptr};
  // A browser that lives on must not hold our sockets: the port would stay taken.
  posix_spawn_file_actions_t actions;
  if (::posix_spawn_file_actions_init(&actions) != 0) return false;
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  pid_t child = -1;
  const int failed =
      ::posix_spawn(&child, "/bin/sh", &actions, nullptr, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return false;
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace parley::app

#include "cli/secret_input.hpp"

#include <iostream>
#include <termios.h>
#include <unistd.h>

#include <fmt/format.h>

namespace parley::cli {
namespace {

// Keeps the terminal from showing what is typed, as long as it lives.
class Silence {
 public:
  Silence() : silent_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (silent_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~Silence() {
    if (silent_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  termios before_{};
  bool silent_;
};

}  // namespace

Result<std::string> read_secret(std::string_view what) {
  std::string secret;
  if (::isatty(STDIN_FILENO) != 0) {
    std::cerr << what << ": " << std::flush;
    const Silence silence;
    std::getline(std::cin, secret);
    std::cerr << "\n";
  } else {
    std::getline(std::cin, secret);
  }
  while (!secret.empty() && (secret.back() == '\r' || secret.back() == ' '))
    secret.pop_back();
  if (secret.empty())
    return fail(Errc::invalid_argument, fmt::format("{}: nothing was given on the standard input", what));
  return secret;
}

}  // namespace parley::cli

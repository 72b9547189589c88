// The vendors' emulators (tests/emulators) as a child process, for development without keys: a checkout and
// Node are needed, no key and no network. The child gets neither our environment nor our descriptors: real
// keys stay here.
//
// Thread: one. Blocking. Lifetime: the emulators end with the object, and also when this process dies.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "settings/settings.hpp"

namespace parley::app {

class EmulatedVendors {
 public:
  struct Options {
    std::filesystem::path directory;  // tests/emulators; empty: looked for beside the program
    std::string latency;              // a plan's name; empty: none
  };

  // Waits until they serve. Errors say what is missing and how to get it.
  static Result<EmulatedVendors> start(const Options& options);
  // Their stdin is closed, which ends them; what is left after five seconds is killed.
  ~EmulatedVendors();
  EmulatedVendors(EmulatedVendors&& other) noexcept;
  EmulatedVendors& operator=(EmulatedVendors&&) = delete;

  // All vendors' addresses and made-up keys; real ones that were there are gone.
  void put_into(settings::Settings::Vendors& vendors) const;

  const std::filesystem::path& directory() const { return directory_; }
  // By vendor: where it is emulated over HTTP.
  const std::map<std::string, std::string>& addresses() const { return addresses_; }

 private:
  EmulatedVendors(pid_t pid, int in, int out) : pid_(pid), in_(in), out_(out) {}
  Result<std::string> first_line() const;

  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
  std::filesystem::path directory_;
  std::map<std::string, std::string> addresses_;
};

// The folder tests/emulators of the checkout in which `program` was built, or which is the working directory.
std::optional<std::filesystem::path> find_emulators(const std::filesystem::path& program);

}  // namespace parley::app

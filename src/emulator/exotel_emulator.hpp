// Exotel on one's own machine: its REST interface, flows, people to call and to be called by, status
// callbacks, and the caller's end of the media stream, against any server that speaks to Exotel.
//
// Thread: one of its own; every function here may be called from any other. Lifetime: stop(), or the
// destructor, hangs up what is still going on and waits for it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "emulator/strict_report.hpp"
#include "emulator/world.hpp"

namespace parley::emulator {

struct EmulatorOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: the system chooses
  std::string voice = "slt";
  // Gets what the server under test does wrong, as it happens; on the emulator's thread. May be empty.
  StrictReport::Sink on_finding;
};

class ExotelEmulator {
 public:
  // Serves when it returns. Errors name the address and the fix.
  static Result<std::unique_ptr<ExotelEmulator>> make(World world, EmulatorOptions options);
  ~ExotelEmulator();
  ExotelEmulator(const ExotelEmulator&) = delete;
  ExotelEmulator& operator=(const ExotelEmulator&) = delete;

  std::uint16_t port() const;
  const std::string& url() const;  // http://127.0.0.1:port
  const World& world() const;

  // Somebody calls an ExoPhone; the call's id. Errc::not_found: the number leads nowhere.
  Result<std::string> call(std::string from, std::string to);
  // That call has ended, or is forgotten.
  bool over(const std::string& sid) const;
  // What GET /emulator/report tells.
  int violations() const;

  // Idempotent. Afterwards only violations() means something.
  void stop();

 private:
  struct Impl;
  explicit ExotelEmulator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace parley::emulator

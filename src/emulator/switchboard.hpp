// Starts calls and knows those that go on.
//
// Thread: the executor's. Lifetime: until Parts::calls was joined.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/live_call.hpp"

namespace parley::emulator {

class Switchboard {
 public:
  explicit Switchboard(const Parts& parts) : parts_(parts), callbacks_(parts), scripts_(parts) {}

  // `call` is filled in and of the ledger.
  void start(std::shared_ptr<EmulatedCall> call, CallPlan plan);
  // Somebody calls an ExoPhone. Errc::not_found: no such number, or it leads nowhere.
  Result<std::shared_ptr<EmulatedCall>> ring_in(std::string_view from, std::string_view to,
                                                std::string_view custom_field = {});
  std::shared_ptr<LiveCall> live(std::string_view sid) const;
  void hang_up_all();
  std::size_t live_calls() const { return live_.size(); }

 private:
  static async::Task<> run(Switchboard& self, std::shared_ptr<LiveCall> call);

  Parts parts_;
  StatusCallbacks callbacks_;
  ScriptStore scripts_;
  std::map<std::string, std::shared_ptr<LiveCall>, std::less<>> live_;
};

}  // namespace parley::emulator

// Time that a test turns by hand, and a book of what an observer was told.
#pragma once

#include <string>
#include <vector>

#include "vendor/alarm.hpp"
#include "vendor/usage.hpp"

namespace parley::vendor::testing {

class ManualAlarms final : public Alarms {
 public:
  explicit ManualAlarms(ManualClock& clock) : clock_(clock) {}

  SteadyTime now() const override { return clock_.now(); }
  std::unique_ptr<Alarm> make(async::Executor) const override { return std::make_unique<One>(*this); }

  // Moves the clock; every alarm due on the way is called at its own time, also those set meanwhile.
  void advance(std::chrono::milliseconds by) {
    const auto until = clock_.now() + by;
    while (One* next = earliest(until)) {
      if (next->at > clock_.now()) clock_.advance(next->at - clock_.now());
      const auto what = std::exchange(next->what, nullptr);
      what();
    }
    clock_.advance(until - clock_.now());
  }
  std::size_t set_ones() const {
    std::size_t count = 0;
    for (const auto* one : all_)
      count += one->what ? 1 : 0;
    return count;
  }

 private:
  struct One final : Alarm {
    explicit One(const ManualAlarms& of) : alarms(of) { alarms.all_.push_back(this); }
    ~One() override { std::erase(alarms.all_, this); }
    void set(SteadyTime when, std::function<void()> call) override {
      at = when;
      what = std::move(call);
    }
    void cancel() override { what = nullptr; }
    const ManualAlarms& alarms;
    SteadyTime at;
    std::function<void()> what;
  };
  One* earliest(SteadyTime until) const {
    One* first = nullptr;
    for (auto* one : all_) {
      if (one->what && one->at <= until && (first == nullptr || one->at < first->at)) first = one;
    }
    return first;
  }

  ManualClock& clock_;
  mutable std::vector<One*> all_;
};

// "failed a overloaded", "switched a b", "recovered a".
struct EventLog final : Observer {
  void on_usage(const Usage&) override {}
  void on_vendor_event(const VendorEvent& event) override {
    std::string line = std::string(to_string(event.kind)) + " " + event.vendor;
    if (!event.to_vendor.empty()) line += " " + event.to_vendor;
    if (event.kind == VendorEvent::Kind::failed || event.kind == VendorEvent::Kind::deaf) {
      line += " " + std::string(to_string(event.error.fault));
    }
    events.push_back(line);
  }
  std::vector<std::string> events;
};

}  // namespace parley::vendor::testing

// Which of an agent's choices for one part is asked, and what follows when it fails: the rules that the
// failover decorators of speech/ and llm/ share. No I/O, no timers.
//
// Thread: one (the call's shard).
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.hpp"
#include "base/result.hpp"
#include "vendor/circuit_breaker.hpp"
#include "vendor/usage.hpp"

namespace parley::vendor {

struct FailoverStep {
  agent::ProviderChoice choice;
  CircuitBreaker* breaker = nullptr;  // nullptr: a local part, never broken
};

// What a call remembers between two pieces of work: after a switch it stays with the new choice.
struct FailoverCourse {
  FailoverCourse(Part of, std::vector<FailoverStep> in_order) : part(of), steps(std::move(in_order)) {}

  // The first that is likely to be asked: for warming. Asks no breaker for a trial.
  std::size_t likely() const;

  const Part part;
  const std::vector<FailoverStep> steps;  // not empty
  std::size_t serving = 0;
};

// One piece of work: a sentence, a reply, or a call's recogniser.
//
// Invariants
//  1. Each allow() of a breaker is answered by exactly one of succeeded(), failed() and abandoned().
//  2. No choice is asked again before every other one that may be asked has been.
class FailoverRun {
 public:
  // Both outlive it.
  FailoverRun(FailoverCourse& course, Observer& observer);
  // Work under way counts as a success once something useful has come, else as abandoned.
  ~FailoverRun();
  FailoverRun(const FailoverRun&) = delete;
  FailoverRun& operator=(const FailoverRun&) = delete;

  // The choice to ask, as are all indexes: of the course's steps. nullopt: every circuit is open. Also begins
  // anew when nothing is under way: earlier failures are forgotten.
  std::optional<std::size_t> begin();

  void useful();     // the first useful piece came
  void succeeded();  // done; the work may go on with the same choice, as if new

  struct Next {
    enum class What { ask, wait, give_up };
    What what = What::give_up;
    std::size_t index = 0;
    std::chrono::milliseconds wait{0};  // of wait: then again(index)
  };
  // The choice asked last could not do it. `left`: how long someone will go on waiting for the work.
  Next failed(const VendorError& error, std::chrono::milliseconds left,
              VendorEvent::Kind kind = VendorEvent::Kind::failed);
  // After the wait. False: the circuit is open, there is nothing more to do.
  bool again(std::size_t index);
  // Is there a choice that has not been tried and may be?
  bool has_other() const;

  std::size_t index() const { return course_.serving; }

 private:
  struct Tried {
    int times = 0;
    bool refused = false;  // its circuit was open
    VendorError error;
  };
  bool allow(std::size_t index);
  void serve(std::size_t index, const VendorError& why);
  std::optional<Next> other(const VendorError& why);
  void report(VendorEvent::Kind kind, std::size_t index, const VendorError& error,
              std::optional<std::size_t> to = {});

  FailoverCourse& course_;
  Observer& observer_;
  std::vector<Tried> tried_;
  bool allowed_ = false;  // a breaker waits for our report
  bool useful_ = false;
  bool away_from_first_;
};

// No circuit lets anyone through.
VendorError all_circuits_open(const FailoverCourse& course);

// A vendor's error as the listener gets it: with who failed, where the adapter did not say.
VendorError named(VendorError error, const agent::ProviderChoice& choice);

// Takes an option of ours ("first_audio_ms") out of a choice, so that adapters do not see it. nullopt: not
// given. Errors: no whole number of 50 … 60000.
Result<std::optional<std::chrono::milliseconds>> take_milliseconds(agent::ProviderChoice& choice,
                                                                   const std::string& name);

// A choice as its adapter sees it: without the options that the failover of this part reads. The first error
// of theirs.
Result<agent::ProviderChoice> without_failover_options(Part part, agent::ProviderChoice choice);

}  // namespace parley::vendor

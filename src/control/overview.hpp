// What a supervisor and a newcomer look at first: how a span of time went, and what is set up. What was
// reckoned is kept for a moment, so that many open dashboards ask the database no more than one does. Of a
// workspace one span is reckoned at a time; whoever asks meanwhile gets what was known last, or waits: no
// workspace takes all threads of a pool.
//
// Thread: any that may block (pools). Lifetime: what it is given outlives it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/thread_annotations.hpp"
#include "control/usage_book.hpp"
#include "storage/call_store.hpp"
#include "storage/control_store.hpp"

namespace parley::control {

struct Checklist {
  bool talked_to_agent = false;
  bool keys_set = false;
  bool number_imported = false;
  bool public_url = false;
  bool agent_published = false;
  bool phone_call_taken = false;
};

struct Overview {
  storage::WallMillis since = 0;  // as asked for, down to the minute
  storage::CallTally tally;
  std::map<std::string, std::int64_t> cost_micros;  // by currency
  Checklist checklist;
};

class OverviewBook {
 public:
  static constexpr std::chrono::seconds kKeep{2};
  // A longer span takes longer and changes less.
  static constexpr std::chrono::hours kLong{48};
  static constexpr std::chrono::seconds kKeepLong{30};
  // What is older is given only to whoever would have to wait.
  static constexpr std::chrono::minutes kKeepOld{2};
  static constexpr std::size_t kMostKept = 8;  // spans of a workspace
  static constexpr int kMostWaiting = 2;       // of a workspace, for one that is reckoned
  static constexpr std::chrono::hours kLongest{400 * 24};
  // The account that `parley call` says it is (caller/call_command.cpp).
  static constexpr const char* kSimulator = "parley1";

  struct Dependencies {
    storage::CallStore& calls;
    storage::ControlStore& store;
    UsageBook& usage;
    const Clock& clock;
    std::string public_url;  // may be empty
    // Has the server keys of its own that the workspace uses?
    std::function<bool(const std::string& workspace)> has_server_keys;
  };
  explicit OverviewBook(Dependencies dependencies) : d_(std::move(dependencies)) {}

  // Errc::invalid_argument: longer ago than kLongest. Errc::overloaded: too many wait for this workspace.
  Result<Overview> since(const std::string& workspace, storage::WallMillis since);

 private:
  struct Kept {
    Overview overview;
    SteadyTime until{};
  };
  // A call that was does not become undone: what is true once is true for good.
  struct Known {
    bool talked = false;
    bool phoned = false;
  };
  struct Desk {
    bool reckoning = false;
    int waiting = 0;
    Known known;
    std::map<storage::WallMillis, Kept> kept;  // by the span's beginning
  };
  // nullopt: this one is to reckon, and to call done().
  Result<std::optional<Overview>> kept_or_turn(const std::string& workspace, storage::WallMillis since,
                                               Known& known);
  void done(const std::string& workspace, const Known& known, const Result<Overview>& overview);
  Result<Overview> reckon(const std::string& workspace, storage::WallMillis since, Known& known);
  Result<Checklist> look(const std::string& workspace, Known& known);

  const Dependencies d_;
  Mutex mutex_;
  std::condition_variable_any reckoned_;
  std::map<std::string, Desk> desks_ PARLEY_GUARDED_BY(mutex_);  // by workspace
};

}  // namespace parley::control

// What a supervisor and a newcomer look at first: how a span of time went, and what is set up. What was
// reckoned is kept for a moment, so that many open dashboards ask the database no more than one does.
//
// Thread: any that may block (pools). Lifetime: what it is given outlives it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
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
  static constexpr std::size_t kMostKept = 200;
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

  Result<Overview> since(const std::string& workspace, storage::WallMillis since);

 private:
  struct Kept {
    Overview overview;
    SteadyTime until{};
  };
  Result<Overview> reckon(const std::string& workspace, storage::WallMillis since) PARLEY_REQUIRES(mutex_);
  Result<Checklist> look(const std::string& workspace) PARLEY_REQUIRES(mutex_);

  const Dependencies d_;
  Mutex mutex_;
  std::map<std::pair<std::string, storage::WallMillis>, Kept> kept_ PARLEY_GUARDED_BY(mutex_);
  // Workspaces of which it is known for good: a call that was does not become undone.
  std::set<std::string> talked_ PARLEY_GUARDED_BY(mutex_);
  std::set<std::string> phoned_ PARLEY_GUARDED_BY(mutex_);
};

}  // namespace parley::control

// Outbound calls: written down first, then placed when the account's limits allow it, then followed until the
// carrier has said how they ended.
//
// A call is placed at most once. Its row is there before the carrier is asked; where the answer leaves open
// whether it was placed, the carrier's own list is asked (Carrier::find_calls) and, when that does not tell
// either, the call stays `queued` for the reconciliation and fails with that reason in the end.
//
// Thread: place() from any thread that may block; everything else on the control context. Lifetime: what it
// is given outlives it; stop() before it goes.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "base/clock.hpp"
#include "carrier/carrier.hpp"
#include "control/agent_directory.hpp"
#include "control/call_book.hpp"
#include "control/carrier_accounts.hpp"
#include "control/event_hub.hpp"
#include "storage/call_store.hpp"

namespace parley::control {

struct DialRequest {
  std::string workspace_id;
  std::string to;     // as people write it
  std::string from;   // a number of ours or its id; empty: the account's
  std::string agent;  // id or name; empty: the number's own
  Variables variables;
  std::string custom_field;  // for the carrier's flow; empty: the call's id
  std::string session_id;    // empty: one is made
  enum class Into {
    automatic,
    flow,
    stream,
    number
  } into = Into::automatic;   // automatic: flow if there is one
  std::string app_id;         // empty: the account's
  std::string second_number;  // Into::number
  std::chrono::seconds time_limit{0};
  std::chrono::seconds ring_timeout{0};
  bool record = false;
  bool record_both_channels = false;
  std::string lane;  // empty: the workspace
};

// The carriers there are, by name.
using FindCarrier = std::function<carrier::Carrier*(std::string_view name)>;

class Dialer {
 public:
  struct Options {
    std::string public_url;     // where the carrier reaches us; without it no stream and no callbacks
    std::string status_secret;  // in the path of the callback's address; may be empty
    int most_open_calls = 50;   // of one account at once; 0: no limit
    std::chrono::seconds ask_after{90};  // a call of which nothing was heard for so long is asked for
    std::chrono::seconds give_up_after{4 * 3600};
    std::chrono::milliseconds follow_every{5000};  // between two looks at what is overdue
    // Before the carrier's list is asked for a call of which nobody knows whether it was placed.
    std::vector<std::chrono::milliseconds> look_after{std::chrono::seconds(5), std::chrono::seconds(20),
                                                      std::chrono::seconds(60), std::chrono::seconds(180)};
  };
  struct Dependencies {
    async::Executor executor;
    async::BlockingPool& pool;
    const Clock& clock;
    storage::CallStore& calls;
    const AgentDirectory& directory;
    const CarrierAccounts& accounts;
    FindCarrier carriers;
    CallBook& book;
    EventHub& events;
    Options options;
  };
  explicit Dialer(Dependencies dependencies);
  ~Dialer();

  // The call's row, `queued`; it is placed as soon as its turn has come. Errors are for whoever asked:
  // Errc::invalid_argument (number, agent, nothing to place it by), not_found, overloaded (too many open
  // calls of the account, or waiting), unavailable (draining).
  Result<BookedCall> place(const DialRequest& request);

  // Ends a call that has no stream yet: takes it out of the queue, or asks the carrier. Errc::not_found;
  // Errc::conflict: it is over, talks already, or the carrier cannot end it.
  async::Task<Result<void>> cancel(std::string call_id);

  void drain();  // place() refuses from now on; any thread

  void start();          // follows what is overdue
  async::Task<> stop();  // no new ones; those waiting stay `queued` and are asked for by the next process

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace parley::control

// Inside this room only: what the dialer is made of. Placing is in dialer_placing.cpp, following in
// call_follower.cpp.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "async/guarded.hpp"
#include "async/signal.hpp"
#include "async/task_group.hpp"
#include "base/thread_annotations.hpp"
#include "control/call_follower.hpp"
#include "control/carrier_status.hpp"
#include "control/dialer.hpp"

namespace parley::control {

// What is to be placed, and by whom.
struct PlacingOrder {
  BookedCall call;
  carrier::Account account;
  carrier::PlaceRequest request;
  bool into_stream = false;
};

// A call that the carrier is being asked to place, or that is being looked for.
struct PlacingState {
  bool sent = false;       // its turn has come
  bool cancelled = false;  // nobody wants it any more
};

struct Dialer::Parts {
  explicit Parts(Dependencies dependencies);

  // dialer.cpp; any thread that may block
  Result<BookedCall> place(const DialRequest& request);
  Result<PlacingOrder> order_of(const DialRequest& request, const std::string& to) const;
  Result<void> choose_way(const DialRequest& request, PlacingOrder& order) const;
  // "https://voice.example.com/api/v1/…"
  std::string callback_url(std::string_view carrier) const;
  std::string stream_url(const BookedCall& call);

  // dialer_placing.cpp; on the executor
  async::Task<> run(PlacingOrder order);
  // The carrier may or may not have it: asks for its list. `since`: when it was asked.
  async::Task<> look_for(BookedCall call, carrier::Account account, storage::WallMillis since,
                         std::string why);
  // Of the carrier's calls the one that must be this; nullptr: none, or more than one could be.
  const carrier::CallReport* recognise(const BookedCall& call, const std::vector<carrier::CallReport>& theirs,
                                       storage::WallMillis since) const;
  void placed(const BookedCall& call, const carrier::CallReport& report);
  void not_placed(const BookedCall& call, const carrier::CarrierError& error);
  void give_up(const BookedCall& call, storage::CallStatus status, std::string reason, std::string cause);
  async::Task<Result<void>> cancel(std::string call_id);
  async::Task<Result<void>> end_at_carrier(BookedCall call);
  async::Task<> end_unwanted(BookedCall call);
  async::Task<Result<carrier::Account>> account_of_call(BookedCall call);

  // Calls of the process before, then whatever is overdue, for good.
  async::Task<> follow();
  async::Task<> take_over();
  async::Task<> look_for_taken_over(BookedCall call, carrier::Account account);

  CallSinks sinks() { return {d.book, d.calls, d.events, d.clock}; }

  Dependencies d;
  std::atomic<bool> draining{false};
  Mutex admitting;  // one call is counted and booked at a time, so that the limit holds
  std::map<std::string, PlacingState> placing;  // by our id; on the executor
  async::TaskGroup group;
  CallFollower follower;
  async::Guard guard;
  // Made here, since place() runs elsewhere.
  const async::Guard::Ticket ticket{guard.ticket()};
};

}  // namespace parley::control

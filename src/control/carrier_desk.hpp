// What a carrier tells and asks us about calls, whatever carrier it is and whichever address it used: an
// incoming call, the address of its stream, how it goes, where the caller goes next, a recording of it. The
// HTTP side is api/carrier_routes; the carrier's own forms are carrier/.
//
// Everything that a caller waits for is answered from memory (directory and book); rows are queued. What the
// book does not know (another node, a restart) is looked up in the call log, for half a second at most.
//
// Thread: the control context, except where said otherwise. Lifetime: what it is given outlives it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "base/metrics.hpp"
#include "carrier/carrier.hpp"
#include "control/agent_directory.hpp"
#include "control/call_book.hpp"
#include "control/carrier_accounts.hpp"
#include "control/dialer.hpp"
#include "control/event_hub.hpp"
#include "engine/deferred_call.hpp"
#include "storage/call_store.hpp"

namespace parley::control {

// How the webhook of an incoming call is answered.
enum class AnswerWith { stream, record };

// Where a request came in.
struct CarrierAddress {
  std::string phone_id;  // of the address; may be empty
  std::string base_url;  // "https://voice.example.com": where this server is reached, for what it hands out
  AnswerWith answer = AnswerWith::stream;  // unless the number says otherwise
};

class CarrierDesk {
 public:
  struct Dependencies {
    async::Executor executor;
    async::BlockingPool& pool;
    const Clock& clock;
    metrics::Registry& registry;
    storage::CallStore& calls;
    const AgentDirectory& directory;
    const CarrierAccounts& accounts;
    FindCarrier carriers;
    CallBook& book;
    EventHub& events;
    std::function<bool()> accepts_calls;  // false: full or draining; the caller is told so
    std::string webhook_secret;           // goes into the addresses handed out; may be empty
    // The offline way: gets the call and the recording that the carrier has made of it.
    std::function<void(const BookedCall&, std::string recording_url)> on_recording;
  };
  explicit CarrierDesk(Dependencies dependencies);
  ~CarrierDesk();

  // A call comes in: books it, writes its row and gives the carrier's answer. An inactive number or one
  // without an agent is answered with a spoken sentence and hung up (200: carriers read no other); Error only
  // for a request that is not one of a call.
  Result<carrier::WebAnswer> incoming(carrier::Carrier& carrier, const CarrierAddress& address,
                                      const carrier::Fields& fields);
  // The address of the stream, with a token that opens it once.
  Result<carrier::WebAnswer> stream_address(carrier::Carrier& carrier, const CarrierAddress& address,
                                            const carrier::Fields& fields);
  // How a call goes. Unknown calls to numbers of ours get a row; others are remembered for a while in case
  // the call turns up. Never an Error for what was told before or comes late.
  async::Task<Result<void>> status(carrier::Carrier& carrier, std::string phone_id, carrier::Fields fields);
  // What now, behind the stream? `to_agent`/`to_human`: the two ways out of a flow. Writes down what became
  // of the stream.
  enum class Way { on, transfer };
  struct Passed {
    Way way = Way::on;
    std::string case_name;  // for a SwitchCase: "transfer" or "end"
  };
  async::Task<Result<Passed>> passthru(carrier::Carrier& carrier, carrier::Fields fields);
  // Whom the flow connects the caller to, as the carrier wants it. Errc::not_found: nobody.
  async::Task<Result<carrier::WebAnswer>> connect_target(carrier::Carrier& carrier, carrier::Fields fields);
  // Text for a Greeting applet: the agent's first message.
  Result<carrier::WebAnswer> greeting(carrier::Carrier& carrier, const CarrierAddress& address,
                                      const carrier::Fields& fields);
  // A recording was made of the session (the offline way), and may be fetched.
  async::Task<Result<carrier::WebAnswer>> recording(carrier::Carrier& carrier, std::string session_id,
                                                    carrier::Fields fields);

  // Who answers a stream, for DeferredCall: on the call's shard, never blocks. `token` of the path may be
  // empty.
  Result<engine::CallAgent> choose(const media::StreamStart& start, std::string_view carrier,
                                   std::string_view phone_id, std::string_view token);
  // May a stream with this token be opened? For the door.
  bool token_opens(std::string_view token) const;

  // To be told of calls: what they say and how they end goes into the book.
  engine::CallObserver& observer();

  // Requests under way are given up. Awaited before it goes.
  async::Task<> stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace parley::control

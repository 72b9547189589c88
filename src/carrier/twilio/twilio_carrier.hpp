// Twilio beside its stream: calls by its REST interface (2010-04-01), its webhooks, our answers in TwiML.
//
// An account's `api_token` is the auth token, which signs Twilio's requests; `api_key` may be empty, then the
// account's sid is the user. `app_id` is the address of TwiML or the sid of a TwiML application ("AP…").
// What Twilio does not carry along with a call itself goes with it by our addresses: the custom field is the
// parameter "CustomField" of a stream and stands in the query of the status callback's address.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "carrier/carrier.hpp"
#include "carrier/request_queue.hpp"

namespace parley::carrier {

// Clock and queue outlive it.
std::unique_ptr<Carrier> make_twilio_carrier(async::Executor executor, const Clock& clock,
                                             RequestQueue& queue);

}  // namespace parley::carrier

// The addresses that carriers are given: incoming calls, the address of a stream, how a call goes, what comes
// behind the stream, recordings. Each is an alias of one handler, so that set-ups which already point at one
// of them go on. Behind every address may stand a secret (carrier_access.hpp).
//
//   /api/telephony/webhook/{phone_id}, /api/v1/telephony/exotel/incoming/{phone_id}   answered with a stream
//   /api/v1/webhooks/exotel/incoming                                                  answered with a record
//   /api/v1/telephony/exotel/endpoint[/{phone_id}]                                    {"url": "wss://…"}
//   /webhooks/exotel/call-status, /api/v1/webhooks/exotel/status
//   /api/v1/webhooks/exotel/{passthru, switch, connect}, …/greeting/{phone_id}, …/recording/{session_id}
//   /api/v1/webhooks/exotel/heartbeat
//   /api/v1/webhooks/twilio/{incoming, status, recording/{session_id}}[/{phone_id}]
#pragma once

#include <functional>
#include <string>

#include "api/carrier_access.hpp"
#include "api/router.hpp"
#include "control/carrier_desk.hpp"

namespace parley::api {

// Everything outlives the router.
struct CarrierRoutesDependencies {
  control::CarrierDesk& desk;
  control::FindCarrier carriers;
  const Clock& clock;
  metrics::Registry& registry;
  CarrierAccess::FindNumber find_number;
  // The account with which a carrier signs what it sends about a number (an id or a number; may be empty).
  // Only asked for carriers that sign.
  std::function<async::Task<Result<carrier::Account>>(std::string carrier, std::string phone_id,
                                                      std::string number)>
      account_of;
  CarrierAccess::Options access;
  std::string public_url;  // empty: as the request's Host says
};

void add_carrier_routes(Router& router, CarrierRoutesDependencies dependencies);

}  // namespace parley::api

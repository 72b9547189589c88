// Carriers' media sockets: who may open one, and what serves it. The address says which carrier speaks:
//   Exotel   /media, /api/v1/telephony/exotel/stream, /api/telephony/ws/{phone_id}
//   Twilio   /api/v1/telephony/twilio/stream; also Cloudonix, whose messages are the same
// each with an optional /{token} behind it, the last also with /{phone_id}/{token}.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/router.hpp"
#include "api/stream_access.hpp"
#include "engine/call_registry.hpp"
#include "engine/deferred_call.hpp"
#include "media/exotel_codec.hpp"

namespace parley::api {

// What a stream's address has told.
struct StreamAddress {
  std::string carrier;   // "exotel", "twilio"
  std::string phone_id;  // may be empty
  std::string token;     // that was handed out for one call; empty: none, or the configured one
};

struct StreamRoutesDependencies {
  engine::CallRegistry& registry;
  StreamAccess access;
  media::ExotelCodecOptions codec;
  std::size_t max_message_bytes = 256 * 1024;
  // Makes the call for an accepted socket; called on the call's shard.
  std::function<std::unique_ptr<engine::Call>(engine::MakeCodec, async::Executor, media::MediaLink&,
                                              StreamAddress)>
      make_call;
};

void add_stream_routes(Router& router, StreamRoutesDependencies dependencies);

}  // namespace parley::api

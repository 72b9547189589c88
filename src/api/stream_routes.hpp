// The carrier's media sockets: who may open one, and what serves it. Every address that existing set-ups
// point at is an alias of the same handler:
//   /media, /api/v1/telephony/exotel/stream, /api/telephony/ws/{phone_id}, each with an optional /{token}
//   behind it.
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

struct StreamRoutesDependencies {
  engine::CallRegistry& registry;
  StreamAccess access;
  media::ExotelCodecOptions codec;
  std::size_t max_message_bytes = 256 * 1024;
  // Makes the call for an accepted socket; called on the call's shard.
  std::function<std::unique_ptr<engine::Call>(engine::MakeCodec, async::Executor, media::MediaLink&,
                                              std::string phone_id)>
      make_call;
};

void add_stream_routes(Router& router, StreamRoutesDependencies dependencies);

}  // namespace parley::api

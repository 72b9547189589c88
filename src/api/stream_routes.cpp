#include "api/stream_routes.hpp"

#include "api/call_socket.hpp"
#include "base/log.hpp"
#include "media/twilio_codec.hpp"

namespace parley::api {
namespace {

// Everything of one call lives in this coroutine's frame, on its shard, and is gone when it returns.
async::Task<> serve_call(std::shared_ptr<const StreamRoutesDependencies> d,
                         std::shared_ptr<engine::CallRegistry::Place> place, engine::MakeCodec make_codec,
                         StreamAddress address, std::unique_ptr<net::WebSocket> socket) {
  SocketLink link(*socket);
  const auto call = d->make_call(std::move(make_codec), place->shard().executor(), link, std::move(address));
  co_await run_call(*place, *call, *socket);
}

int sample_rate_of(const net::HttpRequest& request, int otherwise) {
  for (const auto& [key, value] : net::parse_query(request.query)) {
    if (key != "sample-rate" && key != "sample_rate") continue;
    const int rate = media::parse_sample_rate(value);
    if (media::is_supported_sample_rate(rate)) return rate;
  }
  return otherwise;
}

std::string parameter(const PathParameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

engine::MakeCodec exotel_codec(const StreamRoutesDependencies& d, const net::HttpRequest& request) {
  media::ExotelCodecOptions options = d.codec;
  options.fallback_sample_rate_hz = sample_rate_of(request, options.fallback_sample_rate_hz);
  return [options] { return media::make_exotel_codec(options); };
}

engine::MakeCodec twilio_codec(const StreamRoutesDependencies&, const net::HttpRequest&) {
  return [] { return media::make_twilio_codec(); };
}

// A carrier's addresses, and what its messages are read by. Another carrier is another line.
struct CarrierStream {
  std::string_view carrier;
  std::string_view address;
  std::string_view behind;  // what may follow, besides a token alone; empty: nothing
  engine::MakeCodec (*codec)(const StreamRoutesDependencies&, const net::HttpRequest&);
};
constexpr std::array kStreams{
    CarrierStream{"exotel", "/media", "", exotel_codec},
    CarrierStream{"exotel", "/api/v1/telephony/exotel/stream", "", exotel_codec},
    CarrierStream{"exotel", "/api/telephony/ws/{phone_id}", "", exotel_codec},
    CarrierStream{"twilio", "/api/v1/telephony/twilio/stream", "/{phone_id}/{token}", twilio_codec},
};

UpgradeDecision open_stream(const std::shared_ptr<const StreamRoutesDependencies>& d,
                            const CarrierStream& stream, const net::HttpRequest& request,
                            const PathParameters& parameters) {
  static const log::Logger logger("api");
  const std::string token = parameter(parameters, "token");
  if (auto refused = d->access.check(request, token)) {
    logger.warn("stream refused status={} peer={}", refused->status, request.remote_address);
    d->registry.count_refused("access");
    return std::move(*refused);
  }
  StreamAddress address{std::string(stream.carrier), parameter(parameters, "phone_id"),
                        d->access.is_of_call(token) ? token : std::string()};
  auto place = d->registry.place();
  if (!place) {
    logger.warn("stream refused: {}", place.error().message);
    auto response = text_response(503, place.error().message);
    response.headers.emplace_back("Retry-After", "5");
    return response;
  }
  net::WebSocketOptions socket;
  socket.max_message_bytes = d->max_message_bytes;
  return net::Upgrade{(*place)->shard().context(),
                      socket,
                      [d, place = *place, codec = stream.codec(*d, request),
                       address = std::move(address)](std::unique_ptr<net::WebSocket> opened) {
                        return serve_call(d, place, codec, address, std::move(opened));
                      },
                      {}};
}

}  // namespace

void add_stream_routes(Router& router, StreamRoutesDependencies dependencies) {
  auto shared = std::make_shared<const StreamRoutesDependencies>(std::move(dependencies));
  for (const CarrierStream& stream : kStreams) {
    const UpgradeHandler handler = [shared, &stream](const net::HttpRequest& request,
                                                     const PathParameters& parameters) {
      return open_stream(shared, stream, request, parameters);
    };
    const std::string address(stream.address);
    router.upgrade(address, handler);
    router.upgrade(address + "/{token}", handler);
    if (!stream.behind.empty()) router.upgrade(address + std::string(stream.behind), handler);
  }
}

}  // namespace parley::api

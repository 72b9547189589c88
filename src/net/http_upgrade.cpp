#include "net/http_upgrade.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "base/exception_text.hpp"
#include "base/log.hpp"

namespace parley::net {
namespace {

const log::Logger kLog("net");

struct HandedOver {
  TravellingStream stream;
  BeastRequest request;
  Upgrade upgrade;
  std::chrono::milliseconds deadline;
};

async::Task<Result<std::unique_ptr<WebSocket>>> accept(HandedOver& handed) {
  error_code ec;
  auto socket = handed.stream.take_socket(handed.upgrade.context.get_executor(), ec);
  if (ec) co_return fail(Errc::io, ec.message());
  if (!handed.stream.secured()) {
    co_return co_await accept_websocket(std::move(socket), std::move(handed.request), handed.upgrade.options,
                                        handed.deadline);
  }
  co_return co_await accept_websocket_tls(handed.stream.secure(std::move(socket)), std::move(handed.request),
                                          handed.upgrade.options, handed.deadline);
}

async::Task<> serve_upgrade(HandedOver handed) {
  auto accepted = co_await accept(handed);
  if (accepted) {
    co_await handed.upgrade.run(std::move(*accepted));
    co_return;
  }
  kLog.debug("websocket handshake: {}", describe(accepted.error()));
  if (handed.upgrade.abandoned) handed.upgrade.abandoned();
}

void report_failure(const std::exception_ptr& failure) {
  if (!failure) return;
  kLog.error("a websocket's task ended with an exception: {}", exception_text(failure));
}

}  // namespace

void hand_over(TravellingStream stream, BeastRequest request, Upgrade upgrade,
               std::chrono::milliseconds deadline) {
  auto& context = upgrade.context;
  HandedOver handed{std::move(stream), std::move(request), std::move(upgrade), deadline};
  asio::post(context, [handed = std::move(handed)]() mutable {
    const auto executor = handed.upgrade.context.get_executor();
    asio::co_spawn(executor, serve_upgrade(std::move(handed)), report_failure);
  });
}

void give_up(Upgrade upgrade) {
  auto& context = upgrade.context;
  if (upgrade.abandoned) asio::post(context, std::move(upgrade.abandoned));
}

}  // namespace parley::net

#include "net/http_upgrade.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "base/log.hpp"

namespace parley::net {
namespace {

const log::Logger kLog("net");

// A descriptor between two contexts: closed if the second never gets to take it.
class TravellingSocket {
 public:
  explicit TravellingSocket(int descriptor) : descriptor_(descriptor) {}
  ~TravellingSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  TravellingSocket(TravellingSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  TravellingSocket& operator=(TravellingSocket&&) = delete;

  int get() const { return descriptor_; }
  void arrived() { descriptor_ = -1; }

 private:
  int descriptor_;
};

struct HandedOver {
  TravellingSocket descriptor;
  asio::ip::tcp protocol;
  BeastRequest request;
  Upgrade upgrade;
  std::chrono::milliseconds deadline;
};

async::Task<> serve_upgrade(HandedOver handed) {
  TcpSocket socket(handed.upgrade.context.get_executor());
  error_code ec;
  socket.assign(handed.protocol, handed.descriptor.get(), ec);
  if (!ec) {
    handed.descriptor.arrived();
    auto accepted = co_await accept_websocket(std::move(socket), std::move(handed.request),
                                              handed.upgrade.options, handed.deadline);
    if (accepted) {
      co_await handed.upgrade.run(std::move(*accepted));
      co_return;
    }
    kLog.debug("websocket handshake: {}", describe(accepted.error()));
  }
  if (handed.upgrade.abandoned) handed.upgrade.abandoned();
}

void report_failure(std::exception_ptr failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    kLog.error("a websocket's task ended with an exception: {}", error.what());
  } catch (...) {
    kLog.error("a websocket's task ended with an exception");
  }
}

}  // namespace

void hand_over(TcpSocket& socket, BeastRequest request, Upgrade upgrade, std::chrono::milliseconds deadline) {
  error_code ec;
  const auto protocol = socket.local_endpoint(ec).protocol();
  TravellingSocket descriptor(socket.release(ec));
  auto& context = upgrade.context;
  HandedOver handed{std::move(descriptor), protocol, std::move(request), std::move(upgrade), deadline};
  asio::post(context, [handed = std::move(handed)]() mutable {
    const auto executor = handed.upgrade.context.get_executor();
    asio::co_spawn(executor, serve_upgrade(std::move(handed)), report_failure);
  });
}

}  // namespace parley::net

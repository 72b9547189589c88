// Inside this room only: libcurl's multi handle on one event loop, and what it keeps between requests.
//
// Invariants
//  1. curl is entered only from a handler of the loop (a socket is ready, the timer fired) and by adding and
//     removing handles; its own callbacks only take notes. Listeners are called when curl has returned
//     (settle()), so they may destroy and start transfers.
//  2. Every socket is opened here. curl 7.88 closes one that never got connected without saying so, and its
//     number may be another's at once: what matters is told apart by inode. The resolver has descriptors of
//     its own, which are watched too.
//  3. A policy has a client, and so a multi handle, of its own: curl hands connections out by name alone, and
//     one that leads to an address this policy refuses must not be found. Beyond kPolicyPools policies the
//     rest share one client without a pool. The policy is asked when a socket is opened and again before a
//     request goes out.
//  4. Nothing of curl is watched for a connection that rests in the pool.
#pragma once

#include <deque>
#include <unordered_map>
#include <unordered_set>

#include <curl/curl.h>

#include "net/http_client.hpp"
#include "net/tcp.hpp"

namespace parley::net {

class CurlTransfer;

class CurlClient final : public HttpClient {
 public:
  // `pooled`: connections rest for the next request.
  explicit CurlClient(async::Executor executor, std::shared_ptr<const AddressPolicy> policy = nullptr,
                      bool pooled = true);
  // Transfers may outlive the client: they are silent then.
  ~CurlClient() override;
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  std::unique_ptr<HttpTransfer> start(ClientRequest request, ResponseListener& listener) override;
  void warm(std::string_view url) override;
  std::size_t transfers() const override;
  std::size_t open_sockets() const override;

  // --- for CurlTransfer

  async::Executor executor() const { return executor_; }
  bool pooled() const { return pooled_; }
  // A clean easy handle, set to use this client's sockets.
  CURL* take_handle();
  bool add(CURL* handle);
  // Stops what the handle does and keeps it for the next transfer.
  void give_back(CURL* handle);
  // The transfer has news for its listener. Outside of settle() call settle_soon() too.
  void enqueue(CurlTransfer& transfer) { ready_.push_back(&transfer); }
  void settle_soon();
  // The transfer is over or about to be destroyed.
  void forget(CurlTransfer& transfer);
  int open_socket(const curl_sockaddr& address, const std::string& origin);
  // A request that was sent was given up. `multiplexed`: known to be on HTTP/2.
  void note_cancelled(const std::string& origin, bool multiplexed);
  // The connection behind a handle that has just finished is free for others.
  void note_pooled(CURL* handle);

 private:
  struct Watch;
  struct Socket {
    std::string origin;
    std::uint64_t inode = 0;                   // tells it from a later one of the same number
    SteadyTime pooled_at = SteadyTime::min();  // when it last became free; min: not yet
    bool multiplexed = false;                  // HTTP/2: serves others while it is busy
  };
  class Warming;

  static int on_socket(CURL* handle, curl_socket_t fd, int what, void* client, void* unused) noexcept;
  static int on_timer(CURLM* multi, long timeout_ms, void* client) noexcept;
  static int on_close(void* client, curl_socket_t fd) noexcept;

  void watch(int fd, int wanted);
  void unwatch(int fd);
  void arm(const std::shared_ptr<Watch>& watch);
  void on_ready(const std::shared_ptr<Watch>& watch, int event, error_code ec);
  void act(int fd, int events);
  // Collects what curl has finished and calls the listeners.
  void settle();
  bool is_multiplexed(const std::string& origin) const;
  bool has_usable_connection(const std::string& origin) const;
  CurlClient& client_of(const std::shared_ptr<const AddressPolicy>& policy);

  async::Executor executor_;
  const std::shared_ptr<const AddressPolicy> policy_;  // of every request; nullptr: the loop's own client
  const bool pooled_;
  const bool resets_late_;
  bool closing_ = false;
  CURLM* multi_ = nullptr;
  CURLSH* share_ =
      nullptr;  // TLS sessions, so that a new connection to a known host costs one round trip less
  async::Timer timer_;
  std::uint64_t timer_generation_ = 0;
  std::unordered_map<int, std::shared_ptr<Watch>> watches_;
  std::unordered_map<int, Socket> sockets_;
  std::unordered_set<CurlTransfer*> transfers_;
  std::deque<CurlTransfer*> ready_;
  std::vector<CURL*> spare_handles_;
  std::map<std::string, std::unique_ptr<Warming>> warmings_;     // by origin
  std::map<std::string, std::unique_ptr<CurlClient>> policies_;  // by what they allow
};

}  // namespace parley::net

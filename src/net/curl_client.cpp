#include "net/curl_client.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <fmt/ranges.h>

#include "net/curl_transfer.hpp"

namespace parley::net {
namespace {

using Descriptor = asio::posix::basic_stream_descriptor<async::Executor>;

constexpr std::size_t kSpareHandles = 64;
constexpr long kPooledConnections = 128;
constexpr std::size_t kPolicyPools = 16;
// Shorter than what load balancers in front of vendors allow an idle connection.
constexpr std::chrono::seconds kPoolAge{100};

// Before 8.15 curl leaves the reset of a cancelled HTTP/2 stream in its buffer until the connection is used
// again (https://github.com/curl/curl/issues/17611): the server would go on generating for nobody.
bool curl_resets_late() {
  constexpr unsigned kRepaired = 0x080f00;
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  return initialised == CURLE_OK && curl_version_info(CURLVERSION_NOW)->version_num < kRepaired;
}

// 0: not open.
std::uint64_t inode_of(int fd) {
  struct stat about{};
  return ::fstat(fd, &about) == 0 ? about.st_ino : 0;
}

bool is_open_at_both_ends(int fd) {
  pollfd probe{fd, POLLRDHUP, 0};
  return ::poll(&probe, 1, 0) == 0;
}

}  // namespace

struct CurlClient::Watch {
  Watch(async::Executor executor, int watched)
      : descriptor(executor), fd(watched), inode(inode_of(watched)) {}
  Descriptor descriptor;
  int fd;
  std::uint64_t inode;
  int wanted = 0;
  bool reading = false;
  bool writing = false;
  bool removed = false;  // the client is not to be touched either
};

// A request whose answer is of no interest: what stays of it is the connection. curl gives no connection to a
// later request that was opened without one (CURLOPT_CONNECT_ONLY).
class CurlClient::Warming final : public ResponseListener {
 public:
  Warming(CurlClient& client, const std::string& origin) : client_(client), origin_(origin) {
    ClientRequest request;
    request.method = "HEAD";
    request.url = origin + "/";
    request.policy = client.policy_;
    request.head_deadline = std::chrono::seconds(10);
    request.deadline = std::chrono::seconds(10);
    transfer_ = client.start(std::move(request), *this);
  }
  void on_response_head(const ResponseHead&) override {}
  void on_response_body(std::string_view) override {}
  void on_response_end() override { destroy(); }
  void on_response_failed(Error) override { destroy(); }

 private:
  void destroy() { client_.warmings_.erase(std::string(origin_)); }

  CurlClient& client_;
  const std::string origin_;
  std::unique_ptr<HttpTransfer> transfer_;
};

CurlClient::CurlClient(async::Executor executor, std::shared_ptr<const AddressPolicy> policy, bool pooled)
    : executor_(executor),
      policy_(std::move(policy)),
      pooled_(pooled),
      resets_late_(curl_resets_late()),
      timer_(executor) {
  share_ = curl_share_init();
  curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  multi_ = curl_multi_init();
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlClient::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlClient::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kPooledConnections);
}

CurlClient::~CurlClient() {
  closing_ = true;
  policies_.clear();
  warmings_.clear();
  while (!transfers_.empty())
    (*transfers_.begin())->orphan();
  for (CURL* handle : spare_handles_)
    curl_easy_cleanup(handle);
  spare_handles_.clear();
  curl_multi_cleanup(multi_);  // closes the pool, which calls on_close
  curl_share_cleanup(share_);
  while (!watches_.empty())
    unwatch(watches_.begin()->first);
  ++timer_generation_;
  timer_.cancel();
}

std::unique_ptr<HttpTransfer> CurlClient::start(ClientRequest request, ResponseListener& listener) {
  if (request.policy && !policy_) {
    auto& client = client_of(request.policy);
    return client.start(std::move(request), listener);
  }
  auto transfer = std::make_unique<CurlTransfer>(*this, std::move(request), listener);
  transfers_.insert(transfer.get());
  transfer->start();
  return transfer;
}

CurlClient& CurlClient::client_of(const std::shared_ptr<const AddressPolicy>& policy) {
  std::string key = fmt::format("{}", fmt::join(policy->allowed().entries(), ","));
  auto known = policies_.find(key);
  if (known != policies_.end()) return *known->second;
  const bool pooled = policies_.size() < kPolicyPools;
  if (!pooled) key = "others";  // no network is written like that
  auto& client = policies_[key];
  if (!client) client = std::make_unique<CurlClient>(executor_, policy, pooled);
  return *client;
}

std::size_t CurlClient::transfers() const {
  std::size_t count = transfers_.size();
  for (const auto& [key, client] : policies_)
    count += client->transfers();
  return count;
}

void CurlClient::warm(std::string_view address) {
  const auto url = parse_url(address);
  if (!url || (url->scheme != "http" && url->scheme != "https")) return;
  const std::string origin = url->scheme + "://" + url->authority();
  if (warmings_.contains(origin) || has_usable_connection(origin)) return;
  warmings_.emplace(origin, std::make_unique<Warming>(*this, origin));
}

// curl does not show its pool, so it is worked out: connections that were free once, less the requests that
// may have taken one since.
bool CurlClient::has_usable_connection(const std::string& origin) const {
  const auto youngest_dead = std::chrono::steady_clock::now() - kPoolAge;
  std::size_t pooled = 0;
  for (const auto& [fd, socket] : sockets_) {
    const bool usable =
        socket.origin == origin && socket.pooled_at > youngest_dead && is_open_at_both_ends(fd);
    if (usable && socket.multiplexed) return true;
    if (usable) ++pooled;
  }
  const auto busy =
      std::ranges::count_if(transfers_, [&](const auto* transfer) { return transfer->origin() == origin; });
  return pooled > static_cast<std::size_t>(busy);
}

CURL* CurlClient::take_handle() {
  CURL* handle = nullptr;
  if (spare_handles_.empty()) {
    handle = curl_easy_init();
    if (handle == nullptr) return nullptr;
  } else {
    handle = spare_handles_.back();
    spare_handles_.pop_back();
  }
  curl_easy_setopt(handle, CURLOPT_SHARE, share_);
  curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, &CurlClient::on_close);
  curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, this);
  curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, static_cast<long>(kPoolAge.count()));
  return handle;
}

bool CurlClient::add(CURL* handle) {
  return curl_multi_add_handle(multi_, handle) == CURLM_OK;
}

void CurlClient::give_back(CURL* handle) {
  curl_multi_remove_handle(multi_, handle);
  if (spare_handles_.size() >= kSpareHandles) return curl_easy_cleanup(handle);
  curl_easy_reset(handle);
  spare_handles_.push_back(handle);
}

void CurlClient::settle_soon() {
  asio::post(executor_, [this] { settle(); });
}

void CurlClient::forget(CurlTransfer& transfer) {
  transfers_.erase(&transfer);
  std::erase(ready_, &transfer);
}

bool CurlClient::is_multiplexed(const std::string& origin) const {
  return std::ranges::any_of(sockets_, [&](const auto& entry) {
    return entry.second.multiplexed && entry.second.origin == origin &&
           inode_of(entry.first) == entry.second.inode;
  });
}

void CurlClient::note_cancelled(const std::string& origin, bool multiplexed) {
  if (!resets_late_ || closing_ || !pooled_ || warmings_.contains(origin)) return;
  if (!multiplexed && !is_multiplexed(origin)) return;
  // A small request takes the reset along.
  warmings_.emplace(origin, std::make_unique<Warming>(*this, origin));
}

void CurlClient::note_pooled(CURL* handle) {
  curl_socket_t fd = CURL_SOCKET_BAD;
  long version = 0;
  curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &fd);
  curl_easy_getinfo(handle, CURLINFO_HTTP_VERSION, &version);
  const auto socket = sockets_.find(fd);
  if (socket == sockets_.end()) return;  // it was closed with its request
  socket->second.pooled_at = std::chrono::steady_clock::now();
  socket->second.multiplexed = version == CURL_HTTP_VERSION_2_0;
}

int CurlClient::open_socket(const curl_sockaddr& address, const std::string& origin) {
  int fd = ::socket(address.family, address.socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.protocol);
  // A watch of this number belongs to a socket that is closed but that curl has not called off yet; curl
  // would take the two for one.
  while (fd >= 0 && watches_.contains(fd)) {
    const int other = ::fcntl(fd, F_DUPFD_CLOEXEC, fd + 1);
    ::close(fd);
    fd = other;
  }
  if (fd >= 0) sockets_[fd] = {origin, inode_of(fd)};
  return fd;
}

std::size_t CurlClient::open_sockets() const {
  auto count = static_cast<std::size_t>(std::ranges::count_if(
      sockets_, [](const auto& entry) { return inode_of(entry.first) == entry.second.inode; }));
  for (const auto& [key, client] : policies_)
    count += client->open_sockets();
  return count;
}

int CurlClient::on_close(void* self, curl_socket_t fd) noexcept {
  auto& client = *static_cast<CurlClient*>(self);
  client.unwatch(fd);
  client.sockets_.erase(fd);
  return ::close(fd);
}

int CurlClient::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) noexcept {
  auto& client = *static_cast<CurlClient*>(self);
  what == CURL_POLL_REMOVE ? client.unwatch(fd) : client.watch(fd, what);
  return 0;
}

int CurlClient::on_timer(CURLM*, long timeout_ms, void* self) noexcept {
  auto& client = *static_cast<CurlClient*>(self);
  const auto generation = ++client.timer_generation_;
  if (timeout_ms < 0) {
    client.timer_.cancel();
    return 0;
  }
  // Also for 0 ms: curl must not be entered from its own callback.
  client.timer_.expires_after(std::chrono::milliseconds(timeout_ms));
  client.timer_.async_wait([&client, generation](error_code ec) {
    if (ec || generation != client.timer_generation_) return;
    client.act(CURL_SOCKET_TIMEOUT, 0);
    client.settle();
  });
  return 0;
}

void CurlClient::watch(int fd, int wanted) {
  if (const auto known = watches_.find(fd); known != watches_.end() && known->second->inode != inode_of(fd)) {
    unwatch(fd);
  }
  auto& watch = watches_[fd];
  if (!watch) {
    watch = std::make_shared<Watch>(executor_, fd);
    error_code ec;
    watch->descriptor.assign(fd, ec);
    if (ec) return;  // out of kernel memory: the transfer's deadline ends it
  }
  watch->wanted = wanted;
  arm(watch);
}

void CurlClient::unwatch(int fd) {
  const auto found = watches_.find(fd);
  if (found == watches_.end()) return;
  found->second->removed = true;
  if (found->second->descriptor.is_open()) found->second->descriptor.release();
  watches_.erase(found);
}

void CurlClient::arm(const std::shared_ptr<Watch>& watch) {
  if ((watch->wanted & CURL_POLL_IN) != 0 && !watch->reading) {
    watch->reading = true;
    watch->descriptor.async_wait(Descriptor::wait_read, [this, watch](error_code ec) {
      watch->reading = false;
      on_ready(watch, CURL_CSELECT_IN, ec);
    });
  }
  if ((watch->wanted & CURL_POLL_OUT) != 0 && !watch->writing) {
    watch->writing = true;
    watch->descriptor.async_wait(Descriptor::wait_write, [this, watch](error_code ec) {
      watch->writing = false;
      on_ready(watch, CURL_CSELECT_OUT, ec);
    });
  }
}

void CurlClient::on_ready(const std::shared_ptr<Watch>& watch, int event, error_code ec) {
  if (watch->removed) return;
  const int wanted = event == CURL_CSELECT_IN ? CURL_POLL_IN : CURL_POLL_OUT;
  if (!ec && (watch->wanted & wanted) == 0) return;
  act(watch->fd, ec ? CURL_CSELECT_ERR : event);
  if (!watch->removed && !ec) arm(watch);
  settle();
}

void CurlClient::act(int fd, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, events, &running);
}

void CurlClient::settle() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    CurlTransfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    transfer->on_done(code);
  }
  while (!ready_.empty()) {
    CurlTransfer* transfer = ready_.front();
    ready_.pop_front();
    transfer->deliver();
  }
}

}  // namespace parley::net

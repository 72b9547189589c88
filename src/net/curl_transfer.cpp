#include "net/curl_transfer.hpp"

#include <arpa/inet.h>

#include <charconv>

#include "async/arrival.hpp"
#include "base/ascii.hpp"
#include "net/trust.hpp"

namespace parley::net {
namespace {

constexpr std::size_t kMaxHeadBytes = 256 * 1024;
constexpr std::size_t kKeptBodyBytes = 256 * 1024;
constexpr int kSwitchingProtocols = 101;

CURLcode trust(CURL*, void* context, void*) noexcept {
  use_process_trust(static_cast<ssl_ctx_st*>(context));
  return CURLE_OK;
}

// "HTTP/1.1 200 OK", "HTTP/2 200"; 0 when it is neither.
int status_of(std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  int status = 0;
  std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  return status;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// Empty for what is no internet address.
std::string text_of(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address.sa_family == AF_INET) bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  if (address.sa_family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (bytes != nullptr) ::inet_ntop(address.sa_family, bytes, text.data(), text.size());
  return text.data();
}

Errc classify(CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
      return Errc::invalid_argument;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2_STREAM:
    case CURLE_PROXY:
      return Errc::unavailable;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return Errc::internal;
    default:
      return Errc::protocol;
  }
}

}  // namespace

CurlTransfer::CurlTransfer(CurlClient& client, ClientRequest request, ResponseListener& listener)
    : client_(&client),
      request_(std::move(request)),
      listener_(listener),
      started_(std::chrono::steady_clock::now()),
      last_piece_(started_) {
  deadline_.emplace(client.executor(), [this] { on_deadline(); });
}

CurlTransfer::~CurlTransfer() {
  orphan();
}

void CurlTransfer::orphan() {
  if (client_ == nullptr) return;
  deadline_.reset();
  const bool cancelled = handle_ != nullptr && connected_;
  release_handle();
  if (cancelled) client_->note_cancelled(origin_, multiplexed_);
  client_->forget(*this);
  client_ = nullptr;
}

void CurlTransfer::start() {
  if (const auto ready = set_up(); !ready) {
    finish(ready.error());
    client_->settle_soon();
    return;
  }
  arm_deadline();
}

Result<void> CurlTransfer::set_up() {
  auto url = parse_url(request_.url);
  if (!url) return fail(url.error());
  url_ = std::move(*url);
  if (url_.scheme != "http" && url_.scheme != "https") {
    return fail(Errc::invalid_argument, "an address to ask starts with http:// or https://");
  }
  origin_ = url_.scheme + "://" + url_.authority();
  if (const auto sound = check_headers(request_.headers); !sound) return sound;
  if (const auto sound = check_headers({{request_.method, ""}}); !sound) {
    return fail(Errc::invalid_argument, "the method of a request is not one HTTP allows");
  }
  handle_ = client_->take_handle();
  if (handle_ == nullptr) return fail(Errc::internal, "no handle for a request");
  set_connection_options();
  set_method_and_body();
  set_headers();
  if (!client_->add(handle_)) return fail(Errc::internal, "no place for a request");
  return {};
}

void CurlTransfer::set_connection_options() {
  curl_easy_setopt(handle_, CURLOPT_URL, (origin_ + url_.target()).c_str());
  curl_easy_setopt(handle_, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  // A proxy would connect to where the policy does not let us.
  if (request_.policy || is_loopback(url_.host)) curl_easy_setopt(handle_, CURLOPT_PROXY, "");
  curl_easy_setopt(handle_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(handle_, CURLOPT_ERRORBUFFER, curl_says_.data());
  curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  // A name lookup cannot be interrupted; without this, cancelling waits for its thread and holds the loop up.
  curl_easy_setopt(handle_, CURLOPT_QUICK_EXIT, 1L);
  // By it curl decides how long the first of several addresses may take; our deadline comes at the same time.
  curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_deadline.count()));
  curl_easy_setopt(handle_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // Waits for a connection that is just being opened to show whether it takes several requests. Without TLS
  // it never does.
  if (url_.secure()) curl_easy_setopt(handle_, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(handle_, CURLOPT_FRESH_CONNECT, client_->pooled() && !request_.only_once ? 0L : 1L);
  curl_easy_setopt(handle_, CURLOPT_FORBID_REUSE, client_->pooled() ? 0L : 1L);
  curl_easy_setopt(handle_, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(handle_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle_, CURLOPT_TCP_KEEPIDLE, 30L);
  curl_easy_setopt(handle_, CURLOPT_TCP_KEEPINTVL, 15L);
  // Our store in place of curl's: it is shared by all connections, and parsed once.
  curl_easy_setopt(handle_, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(handle_, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(handle_, CURLOPT_SSL_CTX_FUNCTION, &trust);
  curl_easy_setopt(handle_, CURLOPT_OPENSOCKETFUNCTION, &CurlTransfer::on_open);
  curl_easy_setopt(handle_, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(handle_, CURLOPT_PREREQFUNCTION, &CurlTransfer::on_connected);
  curl_easy_setopt(handle_, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(handle_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(handle_, CURLOPT_ACCEPT_ENCODING, "");  // all curl can decode
  curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  curl_easy_setopt(handle_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, this);
}

void CurlTransfer::set_method_and_body() {
  if (request_.method == "HEAD") {
    curl_easy_setopt(handle_, CURLOPT_NOBODY, 1L);
    return;
  }
  if (!request_.body.empty() || request_.method == "POST" || request_.method == "PUT") {
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, request_.body.c_str());
  }
  curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void CurlTransfer::set_headers() {
  const auto append = [this](const std::string& line) {
    if (curl_slist* longer = curl_slist_append(header_lines_, line.c_str())) header_lines_ = longer;
  };
  for (const auto& [name, value] : request_.headers)
    append(value.empty() ? name + ";"
                         : fmt::format("{}: {}", name, value));  // "Name;" is how curl sends an empty one
  const auto absent = [this](std::string_view name) { return !find_header(request_.headers, name); };
  if (absent("user-agent")) append("User-Agent: parley");
  if (absent("expect")) append("Expect:");
  if (absent("content-type")) append("Content-Type:");  // curl would call every body a form
  const std::string authorization = basic_authorization(url_);
  if (!authorization.empty() && absent("authorization")) append("Authorization: " + authorization);
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, header_lines_);
}

curl_socket_t CurlTransfer::on_open(void* self, curlsocktype, curl_sockaddr* address) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (!transfer.may_reach(text_of(address->addr))) return CURL_SOCKET_BAD;
  return transfer.client_->open_socket(*address, transfer.origin_);
}

bool CurlTransfer::may_reach(std::string_view address) {
  if (!request_.policy) return true;
  auto may = request_.policy->check_address(address);
  if (!may) forbidden_ = std::move(may.error());
  return may.has_value();
}

int CurlTransfer::on_connected(void* self, char* address, char*, int, int) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (!transfer.may_reach(address)) return CURL_PREREQFUNC_ABORT;
  transfer.connected_ = true;
  transfer.written_ = std::chrono::steady_clock::now();
  return CURL_PREREQFUNC_OK;
}

std::size_t CurlTransfer::on_header(char* bytes, std::size_t size, std::size_t count, void* self) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  return transfer.take_header_line({bytes, size * count}) ? size * count : 0;
}

bool CurlTransfer::take_header_line(std::string_view line) {
  head_bytes_ += line.size();
  if (head_bytes_ > kMaxHeadBytes) {
    overflow_ = fmt::format("a head of more than {} bytes", kMaxHeadBytes);
    return false;
  }
  if (has_head_) return true;  // trailers
  while (line.ends_with('\n') || line.ends_with('\r'))
    line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    head_ = {status_of(line), {}};
  } else if (line.empty()) {
    const bool interim = head_.status < 200 && head_.status != kSwitchingProtocols;
    if (interim) return true;
    long connections_opened = 0;
    long version = 0;
    curl_easy_getinfo(handle_, CURLINFO_NUM_CONNECTS, &connections_opened);
    curl_easy_getinfo(handle_, CURLINFO_HTTP_VERSION, &version);
    multiplexed_ = version == CURL_HTTP_VERSION_2_0;
    reused_ = connections_opened == 0;
    has_head_ = true;
    refusal_ = head_.status >= 400;
    last_piece_ = std::chrono::steady_clock::now();
    enqueue();
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    head_.headers.emplace_back(std::string(line.substr(0, colon)),
                               std::string(trimmed(line.substr(colon + 1))));
  }
  return true;
}

std::size_t CurlTransfer::on_body(char* bytes, std::size_t size, std::size_t count, void* self) noexcept {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const std::size_t length = size * count;
  transfer.body_bytes_ += length;
  if (transfer.body_bytes_ > transfer.request_.max_body_bytes) {
    transfer.overflow_ = fmt::format("a body of more than {} bytes", transfer.request_.max_body_bytes);
    return 0;
  }
  transfer.last_piece_ = std::chrono::steady_clock::now();
  transfer.body_.append(bytes, length);
  transfer.enqueue();
  return length;
}

void CurlTransfer::on_done(CURLcode code) {
  client_->note_pooled(handle_);
  std::optional<Error> failure;
  // A server that refuses an upload may answer and then reset the stream before it has all of it (RFC 9113
  // §8.1); curl does not tell that reset from others. What counts is the refusal.
  const bool refused = code == CURLE_HTTP2_STREAM && has_head_ && refusal_;
  if (code != CURLE_OK && !refused) {
    failure = explain(code);
  } else if (!has_head_) {
    failure = Error{Errc::protocol, url_.redacted() + " sent no response head"};
  }
  finish(std::move(failure));
}

Error CurlTransfer::explain(CURLcode code) const {
  if (!overflow_.empty()) return {Errc::protocol, fmt::format("{} sent {}", url_.redacted(), overflow_)};
  if (forbidden_ && !connected_) {
    return {forbidden_->code, fmt::format("{}: {}", url_.redacted(), forbidden_->message)};
  }
  if (code == CURLE_OPERATION_TIMEDOUT) return {Errc::timeout, timeout_message()};
  const std::string_view said = curl_says_.data();
  return {classify(code),
          fmt::format("{}: {}", url_.redacted(), said.empty() ? curl_easy_strerror(code) : said)};
}

void CurlTransfer::release_handle() {
  if (handle_ != nullptr) client_->give_back(handle_);
  handle_ = nullptr;
  curl_slist_free_all(header_lines_);
  header_lines_ = nullptr;
}

void CurlTransfer::finish(std::optional<Error> failure) {
  release_handle();
  over_ = true;
  failure_ = std::move(failure);
  enqueue();
}

void CurlTransfer::enqueue() {
  if (queued_) return;
  queued_ = true;
  client_->enqueue(*this);
}

void CurlTransfer::deliver() {
  queued_ = false;
  const async::Arrival arrival(last_piece_);
  const auto alive = guard_.ticket();
  if (has_head_ && !head_told_) {
    head_told_ = true;
    arm_deadline();
    const ResponseHead head = std::move(head_);
    listener_.on_response_head(head);
    if (!alive.valid()) return;
  }
  if (!body_.empty()) {
    std::string piece = std::move(body_);
    listener_.on_response_body(piece);
    if (!alive.valid()) return;
    if (piece.capacity() <= kKeptBodyBytes) {
      piece.clear();
      body_ = std::move(piece);
    }
  }
  if (!over_) return;
  deadline_.reset();
  client_->forget(*this);
  client_ = nullptr;
  failure_ ? listener_.on_response_failed(std::move(*failure_)) : listener_.on_response_end();
}

SteadyTime CurlTransfer::next_deadline() const {
  SteadyTime next = started_ + request_.deadline;
  if (has_head_) return std::min(next, last_piece_ + request_.idle_deadline);
  next = std::min(next, started_ + request_.head_deadline);
  return connected_ ? next : std::min(next, started_ + request_.connect_deadline);
}

// Pieces of the body only move the nearest deadline back, so the timer is left alone for them and looks when
// it fires.
void CurlTransfer::arm_deadline() {
  if (!over_) deadline_->set(next_deadline());
}

void CurlTransfer::on_deadline() {
  if (over_) return;
  if (std::chrono::steady_clock::now() < next_deadline()) return arm_deadline();
  finish(Error{Errc::timeout, timeout_message()});
  if (connected_) client_->note_cancelled(origin_, multiplexed_);
  client_->settle_soon();
}

std::string CurlTransfer::timeout_message() const {
  const auto next = next_deadline();
  const std::string where = url_.redacted();
  if (next == started_ + request_.deadline) {
    return fmt::format("{} did not finish within {} ms", where, request_.deadline.count());
  }
  if (has_head_) {
    return fmt::format("{} paused within the body for more than {} ms", where,
                       request_.idle_deadline.count());
  }
  if (next == started_ + request_.head_deadline) {
    return fmt::format("{} sent no response head within {} ms", where, request_.head_deadline.count());
  }
  return fmt::format("no connection to {} within {} ms", where, request_.connect_deadline.count());
}

}  // namespace parley::net

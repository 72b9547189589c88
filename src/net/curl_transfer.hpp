// Inside this room only: one request on a handle of libcurl, and its deadlines.
#pragma once

#include <optional>

#include "async/guarded.hpp"
#include "net/curl_client.hpp"
#include "net/url.hpp"

namespace parley::net {

class CurlTransfer final : public HttpTransfer {
 public:
  CurlTransfer(CurlClient& client, ClientRequest request, ResponseListener& listener);
  ~CurlTransfer() override;
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  std::chrono::steady_clock::time_point started_at() const override { return started_; }
  std::chrono::steady_clock::time_point written_at() const override { return written_; }
  bool reused_connection() const override { return reused_; }

  // --- for CurlClient

  void start();
  // curl is done with it.
  void on_done(CURLcode code);
  // Calls the listener with what has come in; may destroy this.
  void deliver();
  // The client goes away.
  void orphan();
  const std::string& origin() const { return origin_; }

 private:
  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* transfer) noexcept;
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* transfer) noexcept;
  static int on_connected(void* transfer, char* address, char*, int, int) noexcept;
  static curl_socket_t on_open(void* transfer, curlsocktype, curl_sockaddr* address) noexcept;

  Result<void> set_up();
  void set_connection_options();
  void set_method_and_body();
  void set_headers();
  bool may_reach(std::string_view address);
  bool take_header_line(std::string_view line);
  Error explain(CURLcode code) const;
  void release_handle();
  void finish(std::optional<Error> failure);
  void enqueue();
  void arm_deadline();
  void on_deadline();
  SteadyTime next_deadline() const;
  std::string timeout_message() const;

  CurlClient* client_;
  ClientRequest request_;
  ResponseListener& listener_;
  Url url_;
  std::string origin_;
  CURL* handle_ = nullptr;
  curl_slist* header_lines_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> curl_says_{};
  std::optional<Deadline> deadline_;  // none once it is over: it must not outlive the loop
  async::Guard guard_;

  SteadyTime started_;
  SteadyTime written_;
  SteadyTime last_piece_;
  bool connected_ = false;
  bool reused_ = false;
  bool multiplexed_ = false;
  bool has_head_ = false;
  bool refusal_ = false;
  bool head_told_ = false;
  bool queued_ = false;
  bool over_ = false;
  std::size_t head_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  std::optional<Error> forbidden_;  // an address the policy refused
  std::string overflow_;            // which limit the answer broke
  ResponseHead head_;
  std::string body_;  // not yet told
  std::optional<Error> failure_;
};

}  // namespace parley::net

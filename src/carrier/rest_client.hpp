// One request to a carrier's REST interface, for every carrier alike: it waits for the account's turn, has
// deadlines, is sent again only where that does no harm, and its failure says whether what was asked for may
// have happened all the same. What the answers mean is the carrier's own file.
//
// Thread: the executor's. Lifetime: the queue and the clock outlive it; it outlives what awaits it.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "carrier/carrier.hpp"
#include "carrier/request_queue.hpp"
#include "net/http_client.hpp"

namespace parley::carrier {

struct RestRequest {
  std::string method = "GET";
  std::string url;           // whole, without credentials: they go into a header
  std::string content_type;  // of the body
  std::string body;
  // It only reads, or its second time changes nothing. Everything else is sent once, on a connection of its
  // own.
  bool repeatable = false;
  std::size_t max_body_bytes = 4 * 1024 * 1024;  // of the answer
  std::function<bool()> still_wanted{};          // as in PlaceRequest
};

// What the carrier says of why it refuses, out of its answer; empty where it says nothing that is understood.
struct Refusal {
  std::string code;
  std::string message;
};

struct RestOptions {
  std::string name;                            // "Exotel": for people
  std::chrono::milliseconds patience{60'000};  // for the account's turn
  std::chrono::milliseconds deadline{60'000};  // of one request; carriers take tens of seconds at times
  std::vector<std::chrono::milliseconds> waits{std::chrono::milliseconds(500),
                                               std::chrono::milliseconds(2000)};  // before each further try
  // 429 says surely that nothing was done. Where the carrier does not promise it, a call may exist.
  bool too_many_is_not_done = false;
  Refusal (*read_refusal)(const net::Response& response) = nullptr;
  // Hosts that belong to the carrier besides the account's own: ".twilio.com" means every host below it.
  std::vector<std::string> own_hosts;
};

class RestClient {
 public:
  RestClient(async::Executor executor, const Clock& clock, RequestQueue& queue, RestOptions options);

  // Any answer of 2xx. The account's credentials are sent as Basic authorisation. Cancelling the awaiting
  // coroutine cancels the request.
  async::Task<CarrierResult<net::Response>> ask(Account account, RestRequest request);

  // A file at an address that a carrier told us: the account's credentials go to the carrier's own hosts
  // only; other hosts must be public ones. Redirects are followed, each by the same rule.
  async::Task<CarrierResult<RecordingFile>> fetch_file(Account account, std::string url,
                                                       std::size_t max_bytes);

  // For an answer of 2xx that says something else than it should: `why` in our words.
  CarrierError unusable(const net::Response& response, std::string_view why) const;
  // For what is wrong before anything is asked.
  CarrierError not_sent(Errc code, std::string_view why) const;

 private:
  async::Task<CarrierResult<net::Response>> ask_once(const Account& account, net::ClientRequest request);
  async::Task<CarrierResult<RecordingFile>> fetch_file_once(const Account& account, std::string url,
                                                            std::size_t max_bytes);
  CarrierError refused(const Account& account, const net::Response& response) const;
  std::string place_of(const Account& account) const;  // in the queue
  bool is_own_host(const Account& account, std::string_view url) const;

  async::Executor executor_;
  const Clock& clock_;
  RequestQueue& queue_;
  RestOptions options_;
};

// application/x-www-form-urlencoded.
std::string form_body(const Fields& fields);
// What a carrier says in words, made fit for a log and an answer: one line of at most 300 bytes, valid UTF-8,
// numbers of seven digits and more cut to their last two, and none of the account's secrets.
std::string clean_words(const Account& account, std::string_view words);

}  // namespace parley::carrier

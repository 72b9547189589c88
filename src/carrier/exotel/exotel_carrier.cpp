#include "carrier/exotel/exotel_carrier.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "carrier/exotel/exotel_answers.hpp"
#include "carrier/exotel/exotel_callbacks.hpp"
#include "carrier/exotel/exotel_messages.hpp"
#include "carrier/exotel/exotel_requests.hpp"
#include "carrier/exotel/exotel_words.hpp"
#include "carrier/rest_client.hpp"
#include "carrier/voice_xml.hpp"
#include "net/url.hpp"

namespace parley::carrier {
namespace {

using Outcome = CarrierError::Outcome;

constexpr std::size_t kMostPages = 5;
constexpr WallMillis kListedSlack = 60'000;  // Exotel's clock and ours, and whole seconds

Refusal read_refusal(const net::Response& response) {
  const auto exception = exotel::read_exception(response.body);
  if (!exception) return {};
  return {.code = exception->code, .message = exception->message};
}

// What to do about it, where Exotel's own meaning of a status helps.
std::string_view hint(int status) {
  switch (status) {
    case 401:
      return " (they differ for api.exotel.com and api.in.exotel.com)";
    case 403:
      return " (KYC, or the feature is off at this account: ask Exotel's support)";
    case 404:
      return " (check the account's sid, its region and the app id)";
    default:
      return {};
  }
}

CarrierError with_hint(CarrierError error) {
  error.error.message += hint(error.http_status);
  return error;
}

bool is_below(std::string_view host, std::string_view domain) {
  return host == domain || host.ends_with(fmt::format(".{}", domain));
}

// Where Exotel keeps recordings: its own hosts, the storage behind them, and whatever the account's own
// address names.
bool keeps_recordings(const Account& account, std::string_view url) {
  const auto asked = net::parse_url(url);
  if (!asked) return false;
  const auto base = net::parse_url(account.base_url);
  if (base && asked->scheme == base->scheme && asked->host == base->host && asked->port == base->port)
    return true;
  if (asked->scheme != "https") return false;
  const std::string_view host = asked->host;
  const bool storage = host.ends_with(".amazonaws.com") && (host.contains("s3.") || host.contains("s3-"));
  return storage || is_below(host, "exotel.com") || is_below(host, "exotel.in");
}

class ExotelCarrier final : public Carrier {
 public:
  ExotelCarrier(async::Executor executor, const Clock& clock, RequestQueue& queue, ExotelOptions options)
      : rest_(executor, clock, queue,
              {.name = "Exotel",
               .patience = std::chrono::seconds(60),
               .deadline = options.deadline,
               .waits = std::move(options.waits),
               .too_many_is_not_done = false,
               .read_refusal = read_refusal,
               .own_hosts = {".exotel.com", ".exotel.in", "exotel.com", "exotel.in"}}) {}

  std::string_view name() const override { return "exotel"; }

  async::Task<CarrierResult<CallReport>> place(Account account, PlaceRequest request) override;
  async::Task<CarrierResult<void>> end(Account account, std::string carrier_call_id) override;
  bool transfers_by_request() const override { return false; }
  async::Task<CarrierResult<void>> transfer(Account account, std::string carrier_call_id,
                                            std::string to) override;
  async::Task<CarrierResult<CallReport>> describe(Account account, std::string carrier_call_id) override;
  async::Task<CarrierResult<std::vector<CallReport>>> find_calls(Account account, std::string number,
                                                                 WallMillis since) override;
  async::Task<CarrierResult<RecordingFile>> fetch_recording(Account account, std::string url,
                                                            std::size_t max_bytes) override;
  async::Task<CarrierResult<std::vector<OwnNumber>>> own_numbers(Account account) override;
  async::Task<CarrierResult<AccountState>> check(Account account) override;

  Result<CallReport> read_report(const Fields& fields) const override { return exotel::read_report(fields); }
  Result<CallNotice> read_notice(const Fields& fields) const override { return exotel::read_notice(fields); }
  std::optional<StreamReport> read_stream_report(const Fields& fields) const override {
    return exotel::read_stream_report(fields);
  }
  Result<void> verify(const Account&, const SignedRequest&) const override { return {}; }

  WebAnswer answer(const StreamAnswer& answer) const override { return as_exoml(stream_xml(answer)); }
  WebAnswer answer(const RecordAnswer& answer) const override { return as_exoml(record_xml(answer)); }
  WebAnswer answer(const HangUpAnswer& answer) const override { return as_exoml(hang_up_xml(answer)); }
  WebAnswer answer(const ConnectAnswer& answer) const override {
    return exotel::connect_answer(exotel::to_applet(answer));
  }

 private:
  static WebAnswer as_exoml(std::string xml) {
    WebAnswer answer = xml_answer(std::move(xml));
    answer.content_type = "application/xml; charset=utf-8";
    return answer;
  }

  async::Task<CarrierResult<net::Response>> ask(Account account, RestRequest request);
  async::Task<CarrierResult<net::Response>> get(Account account, std::string url);
  async::Task<CarrierResult<void>> list_calls(Account account, std::string side, std::string number,
                                              WallMillis since, std::vector<CallReport>& out);

  // What a 200 holds when it is not what was asked for.
  CarrierError unexpected_answer(const Account& account, const net::Response& response,
                                 const Error& why) const;

  RestClient rest_;
};

CarrierError ExotelCarrier::unexpected_answer(const Account& account, const net::Response& response,
                                              const Error& why) const {
  const auto exception = exotel::read_exception(response.body);
  if (!exception) return rest_.unusable(response, why.message);
  CarrierError error = rest_.unusable(
      response, fmt::format("with an error inside: {} {} \"{}\"", exception->status,
                            clean_words(account, exception->code), clean_words(account, exception->message)));
  error.code = clean_words(account, exception->code);
  error.http_status = exception->status;
  const bool refused = exception->status >= 400 && exception->status < 500 && exception->status != 408 &&
                       exception->status != 429;
  if (refused) error.outcome = Outcome::not_done;
  error.error.code = refused ? Errc::invalid_argument : Errc::unavailable;
  return with_hint(std::move(error));
}

async::Task<CarrierResult<net::Response>> ExotelCarrier::ask(Account account, RestRequest request) {
  auto response = co_await rest_.ask(std::move(account), std::move(request));
  if (!response) co_return std::unexpected(with_hint(std::move(response.error())));
  co_return response;
}

async::Task<CarrierResult<net::Response>> ExotelCarrier::get(Account account, std::string url) {
  RestRequest request;
  request.url = std::move(url);
  request.repeatable = true;
  co_return co_await ask(std::move(account), std::move(request));
}

async::Task<CarrierResult<CallReport>> ExotelCarrier::place(Account account, PlaceRequest request) {
  const auto fields = exotel::place_fields(account, request);
  if (!fields) co_return std::unexpected(rest_.not_sent(fields.error().code, fields.error().message));
  RestRequest rest;
  rest.method = "POST";
  rest.url = exotel::place_url(account);
  rest.content_type = "application/x-www-form-urlencoded";
  rest.body = form_body(*fields);
  rest.still_wanted = request.still_wanted;
  const auto response = co_await ask(account, std::move(rest));
  if (!response) co_return std::unexpected(response.error());
  auto report = exotel::read_call(response->body);
  if (!report) co_return std::unexpected(unexpected_answer(account, *response, report.error()));
  co_return std::move(*report);
}

async::Task<CarrierResult<void>> ExotelCarrier::end(Account account, std::string carrier_call_id) {
  if (account.legs_url.empty() || !exotel::is_call_id(carrier_call_id))
    co_return std::unexpected(rest_.not_sent(
        Errc::conflict, "it has no request that ends a call; the call ends when its stream is closed"));
  RestRequest request;
  request.method = "POST";
  request.url = exotel::hang_up_url(account, carrier_call_id);
  request.content_type = "application/json";
  request.body = "{}";
  request.repeatable = true;  // a call that is over stays over
  auto response = co_await ask(account, std::move(request));
  if (response) co_return CarrierResult<void>();
  CarrierError error = std::move(response.error());
  if (error.http_status == 404) {
    error.error = {Errc::conflict,
                   "Exotel: the call is no leg of its second interface; it ends when its stream is closed"};
  }
  co_return std::unexpected(std::move(error));
}

async::Task<CarrierResult<void>> ExotelCarrier::transfer(Account, std::string, std::string) {
  co_return std::unexpected(rest_.not_sent(
      Errc::conflict,
      "it transfers by its flow: close the stream, and the Connect applet behind it asks whom to call"));
}

async::Task<CarrierResult<CallReport>> ExotelCarrier::describe(Account account, std::string carrier_call_id) {
  if (!exotel::is_call_id(carrier_call_id))
    co_return std::unexpected(rest_.not_sent(Errc::invalid_argument, "this is no id of a call"));
  const auto response = co_await get(account, exotel::call_url(account, carrier_call_id));
  if (!response) co_return std::unexpected(response.error());
  auto report = exotel::read_call(response->body);
  if (!report) co_return std::unexpected(unexpected_answer(account, *response, report.error()));
  co_return std::move(*report);
}

async::Task<CarrierResult<void>> ExotelCarrier::list_calls(Account account, std::string side,
                                                           std::string number, WallMillis since,
                                                           std::vector<CallReport>& out) {
  std::string url = exotel::calls_url(account, side, number, since);
  for (std::size_t page = 0; page < kMostPages && !url.empty(); ++page) {
    const auto response = co_await get(account, url);
    if (!response) co_return std::unexpected(response.error());
    auto calls = exotel::read_calls(response->body);
    if (!calls) co_return std::unexpected(unexpected_answer(account, *response, calls.error()));
    for (CallReport& call : calls->calls) {
      // The filters of a list are the carrier's to keep or not.
      const bool about = exotel::same_number(call.from, number) || exotel::same_number(call.to, number);
      const bool recent = !call.created_at || *call.created_at >= since - kListedSlack;
      if (about && recent) out.push_back(std::move(call));
    }
    url = exotel::next_page_url(account, calls->next_page);
  }
  co_return CarrierResult<void>();
}

async::Task<CarrierResult<std::vector<CallReport>>> ExotelCarrier::find_calls(Account account,
                                                                              std::string number,
                                                                              WallMillis since) {
  std::vector<CallReport> calls;
  // Which side a number stands on differs between a call's direction and Exotel's pages.
  for (const char* side : {"From", "To"}) {
    const auto listed = co_await list_calls(account, side, number, since, calls);
    if (!listed) co_return std::unexpected(listed.error());
  }
  std::set<std::string> seen;
  std::erase_if(calls, [&seen](const CallReport& call) { return !seen.insert(call.carrier_call_id).second; });
  std::ranges::sort(calls, std::greater(),
                    [](const CallReport& call) { return call.created_at.value_or(0); });
  co_return calls;
}

async::Task<CarrierResult<RecordingFile>> ExotelCarrier::fetch_recording(Account account, std::string url,
                                                                         std::size_t max_bytes) {
  if (!keeps_recordings(account, url))
    co_return std::unexpected(
        rest_.not_sent(Errc::permission_denied, "the recording's address is at no host of Exotel's"));
  auto file = co_await rest_.fetch_file(std::move(account), std::move(url), max_bytes);
  if (!file) co_return std::unexpected(with_hint(std::move(file.error())));
  co_return file;
}

async::Task<CarrierResult<std::vector<OwnNumber>>> ExotelCarrier::own_numbers(Account account) {
  const auto response = co_await get(account, exotel::numbers_url(account));
  if (!response) co_return std::unexpected(response.error());
  auto numbers = exotel::read_numbers(response->body);
  if (!numbers) co_return std::unexpected(unexpected_answer(account, *response, numbers.error()));
  co_return std::move(*numbers);
}

async::Task<CarrierResult<AccountState>> ExotelCarrier::check(Account account) {
  auto response = co_await get(account, exotel::active_streams_url(account));
  if (response) {
    auto state = exotel::read_active_streams(response->body);
    if (state) co_return std::move(*state);
    co_return std::unexpected(unexpected_answer(account, *response, state.error()));
  }
  // Accounts without streams do not have that address; whether the credentials work the numbers tell.
  if (response.error().http_status != 404 && response.error().http_status != 403)
    co_return std::unexpected(response.error());
  const auto numbers = co_await own_numbers(std::move(account));
  if (!numbers) co_return std::unexpected(numbers.error());
  co_return AccountState{
      .summary = fmt::format("the credentials work ({} numbers), but streams are not on at this "
                             "account: ask Exotel's support",
                             numbers->size()),
      .streams = std::nullopt,
      .stream_limit = std::nullopt};
}

}  // namespace

std::unique_ptr<Carrier> make_exotel_carrier(async::Executor executor, const Clock& clock,
                                             RequestQueue& queue, ExotelOptions options) {
  return std::make_unique<ExotelCarrier>(executor, clock, queue, std::move(options));
}

}  // namespace parley::carrier

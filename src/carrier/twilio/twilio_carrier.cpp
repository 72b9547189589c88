#include "carrier/twilio/twilio_carrier.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "carrier/json_text.hpp"
#include "carrier/rest_client.hpp"
#include "carrier/twilio/twilio_signature.hpp"
#include "carrier/twilio/twilio_words.hpp"
#include "carrier/voice_xml.hpp"

namespace parley::carrier {
namespace {

// A transfer is asked for when the stream has ended, and Twilio ends a call that has nothing more to do.
constexpr std::chrono::seconds kRestForTransfer{4};
constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr int kMostPages = 10;
// "Call is not in-progress. Cannot redirect.": it has ended already.
constexpr std::string_view kNotInProgress = "21220";

Refusal read_refusal(const net::Response& response) {
  const auto body = parse_json_object(response.body);
  if (!body) return {};
  return {text_member(*body, "code"), text_member(*body, "message")};
}

RestOptions rest_options() {
  RestOptions options;
  options.name = "Twilio";
  // "An API Request that receives an error 429 response is never processed"
  // (https://www.twilio.com/docs/api/errors/20429).
  options.too_many_is_not_done = true;
  options.read_refusal = read_refusal;
  options.own_hosts = {".twilio.com"};
  return options;
}

Account completed(Account account) {
  if (account.api_key.empty()) account.api_key = account.sid;
  if (account.base_url.empty()) account.base_url = "https://api.twilio.com";
  return account;
}

// One step of a path. Twilio's ids are letters and digits; a dot would climb.
std::string step(std::string_view id) {
  return id.find_first_not_of('.') == std::string_view::npos ? "-" : net::url_encode(id);
}
std::string account_path(const Account& account) {
  return fmt::format("{}/2010-04-01/Accounts/{}", account.base_url, step(account.sid));
}
std::string calls_path(const Account& account) {
  return account_path(account) + "/Calls.json";
}
std::string call_path(const Account& account, std::string_view call) {
  return fmt::format("{}/Calls/{}.json", account_path(account), step(call));
}

std::string with_query(std::string address, std::string_view name, std::string_view value) {
  if (address.empty() || value.empty()) return address;
  address += address.find('?') == std::string::npos ? '?' : '&';
  return address + form_body({{std::string(name), std::string(value)}});
}

// What happens once it is answered.
Result<std::pair<std::string, std::string>> target_of(const PlaceRequest& request) {
  switch (request.into) {
    case PlaceRequest::Into::stream: {
      if (!request.stream_url.starts_with("wss://") && !request.stream_url.starts_with("ws://"))
        return fail(Errc::invalid_argument, "the stream's address does not begin with wss:// or ws://");
      StreamAnswer answer;
      answer.stream_url = request.stream_url;
      if (!request.custom_field.empty()) answer.parameters.emplace_back("CustomField", request.custom_field);
      return std::pair<std::string, std::string>("Twiml", stream_xml(answer, kRestForTransfer));
    }
    case PlaceRequest::Into::number:
      if (request.second_number.empty())
        return fail(Errc::invalid_argument, "there is no second number to connect the call to");
      return std::pair<std::string, std::string>("Twiml", dial_xml(request.second_number, request.from));
    case PlaceRequest::Into::flow:
      break;
  }
  if (request.app_id.starts_with("https://") || request.app_id.starts_with("http://"))
    return std::pair<std::string, std::string>(
        "Url", with_query(request.app_id, "CustomField", request.custom_field));
  if (request.app_id.starts_with("AP"))
    return std::pair<std::string, std::string>("ApplicationSid", request.app_id);
  return fail(Errc::invalid_argument,
              "Twilio's flows are the address of TwiML (https://…) or the sid of an application (AP…)");
}

Result<Fields> place_form(const PlaceRequest& request) {
  auto target = target_of(request);
  if (!target) return fail(std::move(target.error()));
  Fields form{{"To", request.to}, {"From", request.from}, std::move(*target)};
  if (!request.status_callback.empty()) {
    form.emplace_back("StatusCallback",
                      with_query(request.status_callback, "CustomField", request.custom_field));
    form.emplace_back("StatusCallbackMethod", "POST");
    for (const char* event : {"initiated", "ringing", "answered", "completed"})
      form.emplace_back("StatusCallbackEvent", event);
  }
  if (request.ring_timeout.count() > 0)
    form.emplace_back("Timeout", std::to_string(request.ring_timeout.count()));
  if (request.time_limit.count() > 0)
    form.emplace_back("TimeLimit", std::to_string(request.time_limit.count()));
  if (request.record) {
    form.emplace_back("Record", "true");
    form.emplace_back("RecordingChannels", request.record_both_channels ? "dual" : "mono");
  }
  return form;
}

class TwilioCarrier final : public Carrier {
 public:
  TwilioCarrier(async::Executor executor, const Clock& clock, RequestQueue& queue)
      : rest_(executor, clock, queue, rest_options()) {}

  std::string_view name() const override { return "twilio"; }

  async::Task<CarrierResult<CallReport>> place(Account account, PlaceRequest request) override;
  async::Task<CarrierResult<void>> end(Account account, std::string carrier_call_id) override;
  bool transfers_by_request() const override { return true; }
  async::Task<CarrierResult<void>> transfer(Account account, std::string carrier_call_id,
                                            std::string to) override;
  async::Task<CarrierResult<CallReport>> describe(Account account, std::string carrier_call_id) override;
  async::Task<CarrierResult<std::vector<CallReport>>> find_calls(Account account, std::string number,
                                                                 WallMillis since) override;
  async::Task<CarrierResult<RecordingFile>> fetch_recording(Account account, std::string url,
                                                            std::size_t max_bytes) override;
  async::Task<CarrierResult<std::vector<OwnNumber>>> own_numbers(Account account) override;
  async::Task<CarrierResult<AccountState>> check(Account account) override;

  Result<CallReport> read_report(const Fields& fields) const override { return twilio_report(fields); }
  Result<CallNotice> read_notice(const Fields& fields) const override { return twilio_notice(fields); }
  std::optional<StreamReport> read_stream_report(const Fields& fields) const override {
    return twilio_stream_report(fields);
  }
  Result<void> verify(const Account& account, const SignedRequest& request) const override {
    return verify_twilio_signature(account.api_token, request);
  }

  WebAnswer answer(const StreamAnswer& answer) const override {
    return xml_answer(stream_xml(answer, kRestForTransfer));
  }
  WebAnswer answer(const RecordAnswer& answer) const override { return xml_answer(record_xml(answer)); }
  WebAnswer answer(const HangUpAnswer& answer) const override { return xml_answer(hang_up_xml(answer)); }
  WebAnswer answer(const ConnectAnswer& answer) const override { return xml_answer(connect_xml(answer)); }

 private:
  async::Task<CarrierResult<boost::json::object>> get(Account account, std::string url);
  async::Task<CarrierResult<void>> add_calls(Account account, std::string url, WallMillis since,
                                             std::vector<CallReport>& calls);

  RestClient rest_;
};

async::Task<CarrierResult<CallReport>> TwilioCarrier::place(Account account, PlaceRequest request) {
  account = completed(std::move(account));
  const auto form = place_form(request);
  if (!form) co_return std::unexpected(rest_.not_sent(form.error().code, form.error().message));
  RestRequest post;
  post.method = "POST";
  post.url = calls_path(account);
  post.content_type = kForm;
  post.body = form_body(*form);
  post.still_wanted = std::move(request.still_wanted);
  auto response = co_await rest_.ask(account, std::move(post));
  if (!response) co_return std::unexpected(std::move(response.error()));
  const auto body = parse_json_object(response->body);
  auto call = body ? twilio_call(*body) : std::nullopt;
  if (!call) co_return std::unexpected(rest_.unusable(*response, "named no call"));
  call->custom_field = std::move(request.custom_field);
  co_return std::move(*call);
}

async::Task<CarrierResult<void>> TwilioCarrier::end(Account account, std::string carrier_call_id) {
  account = completed(std::move(account));
  RestRequest post;
  post.method = "POST";
  post.url = call_path(account, carrier_call_id);
  post.content_type = kForm;
  post.body = form_body({{"Status", "completed"}});
  post.repeatable = true;  // a call ends once, however often it is told to
  auto response = co_await rest_.ask(account, std::move(post));
  if (response || response.error().code == kNotInProgress) co_return CarrierResult<void>{};
  co_return std::unexpected(std::move(response.error()));
}

async::Task<CarrierResult<void>> TwilioCarrier::transfer(Account account, std::string carrier_call_id,
                                                         std::string to) {
  account = completed(std::move(account));
  RestRequest post;
  post.method = "POST";
  post.url = call_path(account, carrier_call_id);
  post.content_type = kForm;
  post.body = form_body({{"Twiml", dial_xml(to, {})}});
  auto response = co_await rest_.ask(account, std::move(post));
  if (response) co_return CarrierResult<void>{};
  if (response.error().code == kNotInProgress) response.error().error.code = Errc::not_found;
  co_return std::unexpected(std::move(response.error()));
}

async::Task<CarrierResult<boost::json::object>> TwilioCarrier::get(Account account, std::string url) {
  RestRequest request;
  request.url = std::move(url);
  request.repeatable = true;
  const auto response = co_await rest_.ask(std::move(account), std::move(request));
  if (!response) co_return std::unexpected(response.error());
  auto body = parse_json_object(response->body);
  if (!body) co_return std::unexpected(rest_.unusable(*response, "with something that is no JSON object"));
  co_return std::move(*body);
}

async::Task<CarrierResult<CallReport>> TwilioCarrier::describe(Account account, std::string carrier_call_id) {
  account = completed(std::move(account));
  const std::string url = call_path(account, carrier_call_id);
  const auto body = co_await get(std::move(account), url);
  if (!body) co_return std::unexpected(body.error());
  auto call = twilio_call(*body);
  if (!call) co_return std::unexpected(rest_.not_sent(Errc::protocol, "it described a call without a sid"));
  co_return std::move(*call);
}

async::Task<CarrierResult<std::vector<CallReport>>> TwilioCarrier::find_calls(Account account,
                                                                              std::string number,
                                                                              WallMillis since) {
  account = completed(std::move(account));
  std::vector<CallReport> calls;
  for (const char* side : {"To", "From"}) {
    // Not by StartTime: a call that waits in Twilio's queue has none, and it is the one that must be found.
    const auto query = form_body({{side, number}, {"PageSize", "100"}});
    const auto added = co_await add_calls(account, calls_path(account) + "?" + query, since, calls);
    if (!added) co_return std::unexpected(added.error());
  }
  std::ranges::sort(calls, std::greater(), [](const CallReport& call) { return call.created_at; });
  co_return calls;
}

async::Task<CarrierResult<void>> TwilioCarrier::add_calls(Account account, std::string url, WallMillis since,
                                                          std::vector<CallReport>& calls) {
  const auto body = co_await get(std::move(account), std::move(url));
  if (!body) co_return std::unexpected(body.error());
  const auto* list = array_member(*body, "calls");
  if (list == nullptr) co_return std::unexpected(rest_.not_sent(Errc::protocol, "its list of calls is none"));
  for (const auto& entry : *list) {
    auto call = entry.is_object() ? twilio_call(entry.get_object()) : std::nullopt;
    if (!call || (call->created_at && *call->created_at < since)) continue;
    const auto same = [&](const CallReport& other) { return other.carrier_call_id == call->carrier_call_id; };
    if (std::ranges::none_of(calls, same)) calls.push_back(std::move(*call));
  }
  co_return CarrierResult<void>{};
}

async::Task<CarrierResult<RecordingFile>> TwilioCarrier::fetch_recording(Account account, std::string url,
                                                                         std::size_t max_bytes) {
  co_return co_await rest_.fetch_file(completed(std::move(account)), std::move(url), max_bytes);
}

async::Task<CarrierResult<std::vector<OwnNumber>>> TwilioCarrier::own_numbers(Account account) {
  account = completed(std::move(account));
  std::vector<OwnNumber> numbers;
  std::string url = account_path(account) + "/IncomingPhoneNumbers.json?PageSize=1000";
  for (int page = 0; page < kMostPages && !url.empty(); ++page) {
    const auto body = co_await get(account, url);
    if (!body) co_return std::unexpected(body.error());
    const auto* list = array_member(*body, "incoming_phone_numbers");
    if (list == nullptr)
      co_return std::unexpected(rest_.not_sent(Errc::protocol, "its list of numbers is none"));
    for (const auto& entry : *list) {
      const auto* number = entry.if_object();
      if (number == nullptr || text_member(*number, "phone_number").empty()) continue;
      std::string app = text_member(*number, "voice_application_sid");
      if (app.empty()) app = text_member(*number, "voice_url");
      numbers.push_back(
          {text_member(*number, "phone_number"), text_member(*number, "friendly_name"), std::move(app)});
    }
    // A path below the same host; credentials go nowhere else.
    const std::string next = text_member(*body, "next_page_uri");
    url = next.starts_with("/2010-04-01/") ? account.base_url + next : std::string();
  }
  co_return numbers;
}

async::Task<CarrierResult<AccountState>> TwilioCarrier::check(Account account) {
  account = completed(std::move(account));
  const std::string url = account_path(account) + ".json";
  const auto body = co_await get(account, url);
  if (!body) co_return std::unexpected(body.error());
  const std::string status = clean_words(account, text_member(*body, "status"));
  if (status != "active")
    co_return std::unexpected(
        rest_.not_sent(Errc::permission_denied,
                       fmt::format("the account is {}", status.empty() ? "not described" : status)));
  const std::string type = clean_words(account, text_member(*body, "type"));
  co_return AccountState{type.empty() ? status : fmt::format("{}, {}", status, type), {}, {}};
}

}  // namespace

std::unique_ptr<Carrier> make_twilio_carrier(async::Executor executor, const Clock& clock,
                                             RequestQueue& queue) {
  return std::make_unique<TwilioCarrier>(executor, clock, queue);
}

}  // namespace parley::carrier

#include "api/carrier_routes.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "api/carrier_heartbeat.hpp"
#include "api/client_address.hpp"
#include "base/log.hpp"
#include "carrier/fields.hpp"
#include "net/form_body.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;

const log::Logger kLog("api");

constexpr std::size_t kBodyLimit = 1024UL * 1024;

enum class What { incoming, endpoint, status, passthru, choice, connect, greeting, recording, heartbeat };

// What may stand behind an address beside its secret.
enum class Behind { secret, phone_or_secret };

struct Address {
  std::string_view pattern;
  What what;
  std::string_view carrier = "exotel";
  Behind behind = Behind::secret;
  control::AnswerWith answer = control::AnswerWith::stream;
};

constexpr std::array kAddresses = {
    Address{.pattern = "/api/telephony/webhook/{phone_id}", .what = What::incoming},
    Address{.pattern = "/api/v1/telephony/exotel/incoming/{phone_id}", .what = What::incoming},
    Address{.pattern = "/api/v1/webhooks/exotel/incoming",
            .what = What::incoming,
            .answer = control::AnswerWith::record},
    Address{.pattern = "/api/v1/telephony/exotel/endpoint",
            .what = What::endpoint,
            .behind = Behind::phone_or_secret},
    Address{.pattern = "/webhooks/exotel/call-status", .what = What::status},
    Address{.pattern = "/api/v1/webhooks/exotel/status", .what = What::status},
    Address{.pattern = "/api/v1/webhooks/exotel/passthru", .what = What::passthru},
    Address{.pattern = "/api/v1/webhooks/exotel/switch", .what = What::choice},
    Address{.pattern = "/api/v1/webhooks/exotel/connect", .what = What::connect},
    Address{.pattern = "/api/v1/webhooks/exotel/greeting/{phone_id}", .what = What::greeting},
    Address{.pattern = "/api/v1/webhooks/exotel/recording/{session_id}", .what = What::recording},
    Address{.pattern = "/api/v1/webhooks/exotel/heartbeat", .what = What::heartbeat},
    Address{.pattern = "/api/v1/webhooks/twilio/incoming",
            .what = What::incoming,
            .carrier = "twilio",
            .behind = Behind::phone_or_secret},
    Address{.pattern = "/api/v1/webhooks/twilio/status",
            .what = What::status,
            .carrier = "twilio",
            .behind = Behind::phone_or_secret},
    Address{.pattern = "/api/v1/webhooks/twilio/recording/{session_id}",
            .what = What::recording,
            .carrier = "twilio",
            .behind = Behind::phone_or_secret},
};

std::string_view name_of(What what) {
  switch (what) {
    case What::incoming:
      return "incoming";
    case What::endpoint:
      return "endpoint";
    case What::status:
      return "status";
    case What::passthru:
      return "passthru";
    case What::choice:
      return "switch";
    case What::connect:
      return "connect";
    case What::greeting:
      return "greeting";
    case What::recording:
      return "recording";
    case What::heartbeat:
      return "heartbeat";
  }
  return "";
}

// Whose answer is read by a program that expects JSON.
bool answers_json(What what) {
  return what == What::endpoint || what == What::status || what == What::connect || what == What::heartbeat;
}

std::vector<std::string> methods_of(What what) {
  if (what == What::greeting) return {"GET"};
  if (what == What::heartbeat) return {"POST"};
  return {"GET", "POST"};
}

int status_of(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return 400;
    case Errc::permission_denied:
      return 403;
    case Errc::not_found:
      return 404;
    case Errc::conflict:
    case Errc::already_exists:
      return 409;
    case Errc::overloaded:
    case Errc::unavailable:
    case Errc::timeout:
      return 503;
    default:
      return 500;
  }
}

net::HttpResponse json_response(int status, const json::object& body) {
  net::HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = json::serialize(body);
  return response;
}

net::HttpResponse to_response(carrier::WebAnswer answer) {
  net::HttpResponse response;
  response.status = answer.status;
  response.content_type = std::move(answer.content_type);
  response.body = std::move(answer.body);
  response.headers = std::move(answer.headers);
  return response;
}

net::HttpResponse refusal(const Address& address, const Error& error, int status) {
  kLog.warn("{} {} was answered {}: {}", address.carrier, name_of(address.what), status, error.message);
  const std::string text = status == 500 ? "internal error" : error.message;
  if (!answers_json(address.what)) return text_response(status, text);
  return json_response(status, {{"success", false}, {"error", text}});
}
net::HttpResponse refusal(const Address& address, const Error& error) {
  return refusal(address, error, status_of(error.code));
}

std::string parameter(const PathParameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

// A request that was let in, taken apart.
struct Asked {
  const Address& address;
  carrier::Carrier& carrier;
  AddressTail tail;
  std::string session_id;
  std::string base_url;
  carrier::Fields fields;
};

class CarrierRoutes {
 public:
  explicit CarrierRoutes(CarrierRoutesDependencies dependencies)
      : d_(std::move(dependencies)),
        access_(d_.clock, d_.registry, d_.find_number, d_.access),
        heartbeat_(d_.registry) {}

  async::Task<net::HttpResponse> handle(const Address& address, net::HttpRequest request,
                                        PathParameters parameters);

 private:
  async::Task<net::HttpResponse> admit(const Address& address, net::HttpRequest request,
                                       PathParameters parameters);
  async::Task<bool> is_signed(const Asked& asked, const net::HttpRequest& request);
  async::Task<net::HttpResponse> answer(Asked asked);
  async::Task<net::HttpResponse> passthru(Asked asked);
  std::string base_url_of(const net::HttpRequest& request) const;
  // Of an outbound call it is the one that rings.
  std::string our_number(const carrier::Fields& fields) const;

  CarrierRoutesDependencies d_;
  CarrierAccess access_;
  CarrierHeartbeat heartbeat_;
};

std::string CarrierRoutes::base_url_of(const net::HttpRequest& request) const {
  if (!d_.public_url.empty()) return d_.public_url;
  const std::string host = asked_host(request, d_.access.trusted_proxies);
  return fmt::format("{}://{}", came_secure(request, d_.access.trusted_proxies) ? "https" : "http",
                     host.empty() ? "localhost" : host);
}

async::Task<net::HttpResponse> CarrierRoutes::handle(const Address& address, net::HttpRequest request,
                                                     PathParameters parameters) {
  const SteadyTime began = d_.clock.now();
  net::HttpResponse response = co_await admit(address, std::move(request), std::move(parameters));
  const bool says = std::ranges::any_of(response.headers,
                                        [](const auto& header) { return header.first == "Cache-Control"; });
  if (!says) response.headers.emplace_back("Cache-Control", "no-store");
  const std::string what(name_of(address.what));
  d_.registry
      .counter("parley_carrier_requests_total", "Requests of carriers, by answer.",
               {{"carrier", std::string(address.carrier)},
                {"about", what},
                {"status", fmt::format("{}xx", response.status / 100)}})
      .add();
  d_.registry
      .histogram("parley_carrier_request_seconds", "From a carrier's request to its answer.",
                 metrics::latency_bounds_seconds(), {{"about", what}})
      .observe(std::chrono::duration<double>(d_.clock.now() - began).count());
  co_return response;
}

async::Task<net::HttpResponse> CarrierRoutes::admit(const Address& address, net::HttpRequest request,
                                                    PathParameters parameters) {
  if (auto refused = access_.check_client(request)) co_return std::move(*refused);
  carrier::Carrier* carrier = d_.carriers(address.carrier);
  if (carrier == nullptr)
    co_return refusal(address, Error{Errc::unavailable, "this carrier is not set up here"});
  auto fields =
      carrier::read_fields(request.method, request.query, request.header("content-type"), request.body);
  if (!fields) {
    const bool too_much = fields.error().code == Errc::overloaded;
    co_return refusal(address, fields.error(), too_much ? 413 : 400);
  }
  Asked asked{
      .address = address,
      .carrier = *carrier,
      .tail = {.phone_id = parameter(parameters, "phone_id"), .secret = parameter(parameters, "secret")},
      .session_id = parameter(parameters, "session_id"),
      .base_url = base_url_of(request),
      .fields = std::move(*fields)};
  if (const auto last = parameters.find("last"); last != parameters.end())
    asked.tail = access_.tail_of(last->second, asked.fields);
  const auto handed_out = address.what == What::status || address.what == What::recording
                              ? CarrierAccess::HandedOut::by_us
                              : CarrierAccess::HandedOut::by_people;
  if (auto refused = access_.check_secret(request, asked.tail, asked.fields, handed_out))
    co_return std::move(*refused);
  if (address.carrier == "twilio" && !co_await is_signed(asked, request))
    co_return access_.refuse_signature();
  co_return co_await answer(std::move(asked));
}

std::string CarrierRoutes::our_number(const carrier::Fields& fields) const {
  for (const char* name : {"Called", "To", "Caller", "From"}) {
    const std::string_view number = carrier::field(fields, {name});
    if (!number.empty() && d_.find_number("", number)) return std::string(number);
  }
  return {};
}

async::Task<bool> CarrierRoutes::is_signed(const Asked& asked, const net::HttpRequest& request) {
  auto account = co_await d_.account_of(std::string(asked.address.carrier), asked.tail.phone_id,
                                        our_number(asked.fields));
  if (!account) {
    kLog.warn("{} {}: no account to check the signature with: {}", asked.address.carrier,
              name_of(asked.address.what), account.error().message);
    co_return false;
  }
  // What is signed are the form's fields; those of the query stand in the address.
  carrier::Fields form;
  const bool is_form = net::media_type(request.header("content-type")) == "application/x-www-form-urlencoded";
  if (is_form) {
    auto read = carrier::read_fields("POST", "", request.header("content-type"), request.body);
    if (read) form = std::move(*read);
  }
  const std::string query = request.query.empty() ? "" : "?" + request.query;
  const carrier::SignedRequest what{.url = asked.base_url + request.path + query,
                                    .signature = std::string(request.header("x-twilio-signature")),
                                    .form = form,
                                    .body = is_form ? std::string_view() : request.body};
  co_return asked.carrier.verify(*account, what).has_value();
}

async::Task<net::HttpResponse> CarrierRoutes::passthru(Asked asked) {
  auto passed = co_await d_.desk.passthru(asked.carrier, std::move(asked.fields));
  if (!passed) co_return refusal(asked.address, passed.error());
  if (asked.address.what == What::choice) {
    // Exotel's SwitchCase reads JSON out of plain text.
    net::HttpResponse response = json_response(200, {{"select", passed->case_name}});
    response.content_type = "text/plain";
    co_return response;
  }
  if (passed->way == control::CarrierDesk::Way::on) co_return text_response(200, "ok");
  // The other way out is told by a redirect; whoever follows it finds that the server is alive.
  auto response = text_response(302, "transfer");
  response.headers.emplace_back("Location", asked.base_url + "/healthz");
  co_return response;
}

async::Task<net::HttpResponse> CarrierRoutes::answer(Asked asked) {
  const Address& address = asked.address;
  const control::CarrierAddress where{
      .phone_id = asked.tail.phone_id, .base_url = asked.base_url, .answer = address.answer};
  Result<carrier::WebAnswer> answer;
  switch (address.what) {
    case What::incoming:
      answer = d_.desk.incoming(asked.carrier, where, asked.fields);
      break;
    case What::endpoint:
      answer = d_.desk.stream_address(asked.carrier, where, asked.fields);
      break;
    case What::greeting:
      answer = d_.desk.greeting(asked.carrier, where, asked.fields);
      break;
    case What::connect:
      answer = co_await d_.desk.connect_target(asked.carrier, std::move(asked.fields));
      break;
    case What::recording:
      answer = co_await d_.desk.recording(asked.carrier, asked.session_id, std::move(asked.fields));
      break;
    case What::passthru:
    case What::choice:
      co_return co_await passthru(std::move(asked));
    case What::heartbeat:
      co_return heartbeat_.take(asked.fields);
    case What::status: {
      auto taken = co_await d_.desk.status(asked.carrier, where.phone_id, std::move(asked.fields));
      if (!taken) co_return refusal(address, taken.error());
      co_return json_response(200, {{"success", true}});
    }
  }
  if (!answer) co_return refusal(address, answer.error());
  co_return to_response(std::move(*answer));
}

}  // namespace

void add_carrier_routes(Router& router, CarrierRoutesDependencies dependencies) {
  const auto routes = std::make_shared<CarrierRoutes>(std::move(dependencies));
  for (const Address& address : kAddresses) {
    const TaskHandler handler = [routes, &address](net::HttpRequest request, PathParameters parameters) {
      return routes->handle(address, std::move(request), std::move(parameters));
    };
    const std::string pattern(address.pattern);
    const std::vector<std::string> methods = methods_of(address.what);
    router.serve(pattern, methods, kBodyLimit, handler);
    if (address.behind == Behind::secret) {
      router.serve(pattern + "/{secret}", methods, kBodyLimit, handler);
    } else {
      router.serve(pattern + "/{last}", methods, kBodyLimit, handler);
      router.serve(pattern + "/{phone_id}/{secret}", methods, kBodyLimit, handler);
    }
  }
}

}  // namespace parley::api

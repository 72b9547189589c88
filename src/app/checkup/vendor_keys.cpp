#include "app/checkup/vendor_keys.hpp"

#include <algorithm>
#include <ctime>

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "app/vendor_parts.hpp"
#include "net/http_client.hpp"
#include "vendor/json.hpp"

namespace parley::app {
namespace {

namespace json = boost::json;
using vendor::Fault;

// How a vendor is asked whether a key is good.
struct Question {
  std::string_view vendor;
  std::string_view method;
  std::string_view path;    // behind the vendor's address
  std::string_view header;  // that carries the key
  std::string_view prefix;  // before the key in it
  std::string_view body;
  bool usual;          // reported also when there is no key
  bool keyless;        // a server of one's own: asked when an address was set, key or not
  bool empty_is_fine;  // a refusal as a bad request means that the key was accepted
};
constexpr Question kQuestions[] = {
    {"deepgram", "GET", "/v1/projects", "Authorization", "Token ", "", true, false, false},
    {"openai", "GET", "/models", "Authorization", "Bearer ", "", true, false, false},
    {"gemini", "GET", "/v1beta/models?pageSize=1000", "x-goog-api-key", "", "", true, false, false},
    {"elevenlabs", "GET", "/v1/models", "xi-api-key", "", "", true, false, false},
    {"sarvam", "POST", "/text-to-speech", "api-subscription-key", "", "{}", true, false, true},
    {"groq", "GET", "/models", "Authorization", "Bearer ", "", false, false, false},
    {"azure", "GET", "/openai/models?api-version=2024-10-21", "api-key", "", "", false, false, false},
    {"openrouter", "GET", "/key", "Authorization", "Bearer ", "", false, false, false},
    {"compatible", "GET", "/models", "Authorization", "Bearer ", "", false, true, false},
    {"ollama", "GET", "/models", "Authorization", "Bearer ", "", false, true, false},
    {"vllm", "GET", "/models", "Authorization", "Bearer ", "", false, true, false},
    {"llamacpp", "GET", "/models", "Authorization", "Bearer ", "", false, true, false},
    {"lmstudio", "GET", "/models", "Authorization", "Bearer ", "", false, true, false},
};

constexpr std::int64_t kLatestSecond = 253'402'300'799;  // of the year 9999

// The sentence in an error's body: "error" or "detail", itself or its message; else the body as it is.
std::string words_of(std::string_view body) {
  const auto parsed = vendor::parse_json_object(body);
  if (!parsed) return std::string(body);
  for (const std::string_view name : {"error", "detail", "message", "err_msg", "reason"}) {
    if (const auto* object = vendor::object_member(*parsed, name)) {
      if (auto words = vendor::text_member(*object, "message"); !words.empty()) return words;
    }
    if (auto words = vendor::text_member(*parsed, name); !words.empty()) return words;
  }
  return std::string(body);
}

// What the vendors' error bodies say, as far as a key's check needs it.
vendor::VendorError error_of(const vendor::Account& account, const net::Response& response,
                             const Clock& clock) {
  vendor::VendorError error(vendor::fault_of_status(response.status), account.vendor,
                            vendor::clean_detail(words_of(response.body), account.key));
  error.status = response.status;
  error.key_setting = account.key_setting;
  error.request_id =
      vendor::clean_detail(net::find_header(response.headers, "x-request-id")
                               .value_or(net::find_header(response.headers, "dg-request-id").value_or("")),
                           account.key);
  error.retry_after =
      vendor::parse_retry_after(net::find_header(response.headers, "retry-after-ms"),
                                net::find_header(response.headers, "retry-after"), clock.wall_now());
  const std::string_view body = response.body;
  const auto says = [&](std::string_view word) { return body.find(word) != std::string_view::npos; };
  if (says("API_KEY_INVALID")) error.fault = Fault::bad_key;
  if (says("insufficient_quota") || says("quota_exceeded")) error.fault = Fault::no_credit;
  if (says("unsupported_country")) error.fault = Fault::region;
  // The address is wrong, not a model.
  if (error.fault == Fault::unknown_model) error.fault = Fault::bad_request;
  return error;
}

// "2027-01-14", or seconds since 1970 as OpenAI writes its other times. Empty: no date.
std::string day_of(const json::object& model, std::string_view field) {
  const json::value* value = vendor::member(model, field);
  if (value == nullptr || !value->is_number()) return vendor::text_member(model, field);
  const auto seconds = vendor::integer_member(model, field).value_or(0);
  if (seconds <= 0 || seconds > kLatestSecond) return {};
  return iso_day(WallTime(std::chrono::seconds(seconds)));
}

// {"data": [{"id": …, "shutdown_date": …}]} of OpenAI and its like, {"models": [{"name": "models/…"}]} of
// Gemini.
void read_models(std::string_view body, const std::string& vendor, KeyCheckup& checkup) {
  auto parsed = vendor::parse_json_object(body);
  if (!parsed) return;
  for (const std::string_view list : {"data", "models"}) {
    const json::array* models = vendor::array_member(*parsed, list);
    if (models == nullptr) continue;
    for (const json::value& entry : *models) {
      if (!entry.is_object()) continue;
      const json::object& model = entry.get_object();
      std::string name(vendor::string_member(model, list == "data" ? "id" : "name"));
      if (name.starts_with("models/")) name.erase(0, 7);
      for (const std::string_view field : {"shutdown_date", "deprecation_date", "retirement_date"}) {
        const std::string date = day_of(model, field);
        if (!date.empty()) checkup.notes.push_back(fmt::format("{} ends on {}, says {}", name, date, vendor));
      }
      if (!name.empty()) checkup.models.push_back(std::move(name));
    }
  }
}

// "Sat, 21 Nov 2026 08:00:00 GMT" (RFC 9110 §5.6.7).
std::optional<std::int64_t> date_of(const net::Response& response) {
  const std::string text(net::find_header(response.headers, "date").value_or(""));
  std::tm parts{};
  const char* const end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != 0) return std::nullopt;
  return ::timegm(&parts);
}

async::Task<> ask(async::Executor executor, const Question& question, const vendor::Account& account,
                  int times, const Clock& clock, KeyCheckup& checkup) {
  for (int time = 0; time < times; ++time) {
    net::ClientRequest request;
    request.method = question.method;
    request.url = account.url + std::string(question.path);
    if (account.has_key())
      request.headers.emplace_back(question.header, std::string(question.prefix) + account.key);
    if (!question.body.empty()) {
      request.headers.emplace_back("Content-Type", "application/json");
      request.body = question.body;
    }
    request.deadline = std::chrono::seconds(10);
    request.policy = account.policy;
    request.max_body_bytes = 4 * 1024 * 1024;
    const SteadyTime from = clock.now();
    const auto response = co_await net::fetch(executor, std::move(request));
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(clock.now() - from);
    checkup.asked = true;
    if (!response) {
      checkup.error = response.error();
      checkup.error->vendor = account.vendor;
      co_return;
    }
    if (!checkup.date) checkup.date = date_of(*response);
    const bool refused_as_empty =
        question.empty_is_fine && (response->status == 400 || response->status == 422);
    if (response->status >= 300 && !refused_as_empty) {
      checkup.error = error_of(account, *response, clock);
      co_return;
    }
    (time == 0 ? checkup.first : checkup.warm) = took;
    if (time == 0) read_models(response->body, account.vendor, checkup);
  }
}

}  // namespace

std::vector<KeyCheckup> check_keys(const settings::Settings& settings, const Clock& clock) {
  const settings::Settings defaults;
  std::vector<KeyCheckup> checkups;
  std::vector<std::pair<const Question*, vendor::Account>> asked;
  for (const Question& question : kQuestions) {
    vendor::Account account = account_of(settings, question.vendor);
    const bool own_address = account.url != account_of(defaults, question.vendor).url;
    const bool ask_it = !account.url.empty() && (account.has_key() || (question.keyless && own_address));
    if (!ask_it && !question.usual) continue;
    KeyCheckup& checkup = checkups.emplace_back();
    checkup.vendor = question.vendor;
    checkup.has_key = account.has_key();
    asked.emplace_back(ask_it ? &question : nullptr, std::move(account));
  }
  async::asio::io_context context(1);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (asked[i].first == nullptr) continue;
    async::asio::co_spawn(
        context, ask(context.get_executor(), *asked[i].first, asked[i].second, 2, clock, checkups[i]),
        [](std::exception_ptr error) {
          if (error) std::rethrow_exception(error);
        });
  }
  context.run();
  return checkups;
}

async::Task<std::optional<KeyCheckup>> check_key(async::Executor executor, settings::Settings settings,
                                                 std::string vendor,
                                                 std::shared_ptr<const net::AddressPolicy> policy,
                                                 const Clock& clock) {
  const auto question = std::ranges::find(kQuestions, vendor, &Question::vendor);
  if (question == std::end(kQuestions)) co_return std::nullopt;
  vendor::Account account = account_of(settings, vendor);
  account.policy = std::move(policy);
  KeyCheckup checkup;
  checkup.vendor = vendor;
  checkup.has_key = account.has_key();
  if (account.url.empty() || (!account.has_key() && !question->keyless)) co_return checkup;
  co_await ask(executor, *question, account, 1, clock, checkup);
  co_return checkup;
}

}  // namespace parley::app

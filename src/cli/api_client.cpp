#include "cli/api_client.hpp"

#include <fstream>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>

#include "net/http_client.hpp"
#include "net/url.hpp"

namespace parley::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kLargestAnswer = 256UL * 1024 * 1024;
constexpr std::size_t kLargestStream = 64UL * 1024 * 1024 * 1024;
constexpr std::size_t kLongestKey = 200;
constexpr std::size_t kMostReasons = 10;

std::string local_address(const settings::Settings& settings) {
  if (!settings.tls.certificate.empty() && !settings.public_url.empty()) return settings.public_url;
  std::string host = settings.listen.host;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("{}://{}:{}", settings.tls.certificate.empty() ? "http" : "https", host,
                     settings.listen.port);
}

Result<std::string> read_key(const std::string& file) {
  std::ifstream in(file);
  if (!in) return fail(Errc::io, fmt::format("the file of the API key cannot be read: {}", file));
  std::string key;
  std::getline(in, key);
  while (!key.empty() && (key.back() == '\r' || key.back() == ' '))
    key.pop_back();
  if (key.empty()) return fail(Errc::invalid_argument, fmt::format("there is no API key in {}", file));
  return key;
}

// Collects an answer; a success goes to the sink when there is one.
class Collector final : public net::ResponseListener {
 public:
  Collector(boost::asio::io_context& context, const std::function<bool(std::string_view)>& sink)
      : context_(context), sink_(sink) {}

  void on_response_head(const net::ResponseHead& head) override {
    answer.status = head.status;
    answer.content_type = net::find_header(head.headers, "content-type").value_or("");
  }
  void on_response_body(std::string_view bytes) override {
    if (sink_ && answer.status >= 200 && answer.status < 300) {
      if (!stopped && !sink_(bytes)) {
        stopped = true;
        context_.stop();
      }
      return;
    }
    if (answer.body.size() + bytes.size() <= kLargestAnswer) answer.body += bytes;
  }
  void on_response_end() override {
    whole = true;
    context_.stop();
  }
  void on_response_failed(Error failure) override {
    error = std::move(failure);
    context_.stop();
  }

  ApiAnswer answer;
  std::optional<Error> error;
  bool whole = false;
  bool stopped = false;

 private:
  boost::asio::io_context& context_;
  const std::function<bool(std::string_view)>& sink_;
};

Errc code_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return Errc::permission_denied;
    case 404:
      return Errc::not_found;
    case 409:
    case 412:
      return Errc::conflict;
    case 429:
      return Errc::overloaded;
    case 503:
      return Errc::unavailable;
    default:
      return status < 500 ? Errc::invalid_argument : Errc::internal;
  }
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// What a problem document says; nullopt: it is none, so whoever answered is not Parley.
std::optional<std::string> problem_text(const ApiAnswer& answer) {
  if (!answer.content_type.starts_with("application/problem+json")) return std::nullopt;
  boost::system::error_code failure;
  const json::value document = json::parse(answer.body, failure);
  if (failure || !document.is_object()) return std::nullopt;
  const json::object& problem = document.get_object();
  std::string text = text_of(problem, "detail");
  if (text.empty()) text = text_of(problem, "title");
  const json::value* errors = problem.if_contains("errors");
  if (errors == nullptr || !errors->is_array() || errors->get_array().size() < 2) return text;
  for (std::size_t i = 0; i < std::min(errors->get_array().size(), kMostReasons); ++i) {
    const json::value& one = errors->get_array()[i];
    if (!one.is_object()) continue;
    text +=
        fmt::format("\n  {}: {}", text_of(one.get_object(), "pointer"), text_of(one.get_object(), "detail"));
  }
  return text;
}

std::unexpected<Error> not_parley(const ApiServer& server, int status) {
  return fail(Errc::protocol, fmt::format("what answers at {} ({}) is not Parley's API: name the server with "
                                          "--server or PARLEY_SERVER",
                                          server.url, status));
}

}  // namespace

Result<ApiServer> find_api_server(const ApiServerOptions& options, const settings::Settings& settings,
                                  const std::function<std::string(const char*)>& environment) {
  ApiServer server;
  server.url = options.url.empty() ? environment("PARLEY_SERVER") : options.url;
  server.assumed = server.url.empty();
  if (server.assumed) server.url = local_address(settings);
  while (server.url.ends_with('/'))
    server.url.pop_back();
  const auto parsed = net::parse_url(server.url);
  if (!parsed || !parsed->scheme.starts_with("http"))
    return fail(Errc::invalid_argument, "the server's address must be like https://voice.example.com");
  server.key = environment("PARLEY_API_KEY");
  if (!options.key_file.empty()) {
    auto key = read_key(options.key_file);
    if (!key) return fail(std::move(key.error()));
    server.key = std::move(*key);
  }
  const bool plain =
      server.key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.") ==
      std::string::npos;
  if (!plain || server.key.size() > kLongestKey) {
    return fail(Errc::invalid_argument,
                "the API key (PARLEY_API_KEY or --api-key-file) is none: 'parley keys create' makes one");
  }
  return server;
}

Result<ApiAnswer> ApiClient::ask(ApiRequest request) const {
  net::ClientRequest wire;
  wire.method = std::move(request.method);
  wire.url = server_.url + "/api/v1" + request.path;
  wire.headers.emplace_back("Accept", "application/json, application/problem+json, */*");
  if (!server_.key.empty()) wire.headers.emplace_back("Authorization", "Bearer " + server_.key);
  if (!request.content_type.empty()) wire.headers.emplace_back("Content-Type", request.content_type);
  wire.body = std::move(request.body);
  wire.max_body_bytes = request.sink ? kLargestStream : kLargestAnswer;
  // A recording of hours over a slow line.
  if (request.sink) wire.deadline = std::chrono::hours(6);

  boost::asio::io_context context(1);
  const auto keep = boost::asio::make_work_guard(context);
  Collector collector(context, request.sink);
  const auto transfer = net::http_client(context.get_executor()).start(std::move(wire), collector);
  context.run();
  if (collector.stopped) return fail(Errc::io, "what came cannot be written");
  if (collector.error && collector.error->code == Errc::unavailable && collector.answer.status == 0) {
    return fail(Errc::unavailable,
                fmt::format("no server answers at {}: start one with 'parley serve', or name another with "
                            "--server or PARLEY_SERVER ({})",
                            server_.url, collector.error->message));
  }
  if (collector.error) return fail(*collector.error);
  ApiAnswer& answer = collector.answer;
  if (answer.status >= 200 && answer.status < 300) return std::move(answer);
  auto text = problem_text(answer);
  if (!text) return not_parley(server_, answer.status);
  if (answer.status == 401) {
    *text +=
        server_.key.empty()
            ? "; set PARLEY_API_KEY or give --api-key-file (an owner makes keys with 'parley keys create')"
            : "; the key of PARLEY_API_KEY or --api-key-file is not good here";
  }
  return fail(code_of(answer.status), std::move(*text));
}

Result<json::value> ApiClient::ask_json(ApiRequest request) const {
  auto answer = ask(std::move(request));
  if (!answer) return fail(std::move(answer.error()));
  if (answer->body.empty()) return json::value(nullptr);
  if (!answer->content_type.starts_with("application/json")) return not_parley(server_, answer->status);
  boost::system::error_code failure;
  json::value value = json::parse(answer->body, failure);
  if (failure) return not_parley(server_, answer->status);
  return value;
}

std::string escaped(std::string_view text) {
  return net::url_encode(text);
}

}  // namespace parley::cli

#include "net/http_wire.hpp"

#include <boost/beast/http.hpp>
#include <fmt/core.h>

#include "net/url.hpp"

namespace parley::net {
namespace {

namespace http = boost::beast::http;

// Takes the scheme and host off a target in absolute form (RFC 9112 §3.2.2), which a proxy would send.
std::string_view origin_form(std::string_view target) {
  if (target.starts_with('/')) return target;
  const auto scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return "/";
  const auto path = target.find_first_of("/?", scheme_end + 3);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

bool is_safe_header(const std::pair<std::string, std::string>& header) {
  const auto breaks_line = [](const std::string& text) {
    return text.find_first_of("\r\n") != std::string::npos;
  };
  return !breaks_line(header.first) && !breaks_line(header.second);
}

bool may_have_body(const HttpResponse& response) {
  return response.status >= 200 && response.status != 204 && response.status != 304;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

HttpResponse plain_answer(int status, std::string line) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(line) + "\n";
  return response;
}

HttpRequest request_of(const BeastRequest& from, std::string remote_address, bool secure) {
  HttpRequest request;
  request.method = from.method() == http::verb::head ? "GET" : std::string(from.method_string());
  const auto target = origin_form(from.target());
  const auto question = target.find('?');
  request.path = percent_decode(target.substr(0, question));
  if (!request.path.starts_with('/')) request.path.insert(0, "/");
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  for (const auto& field : from) {
    std::string name(field.name_string());
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    request.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  request.remote_address = std::move(remote_address);
  request.secure = secure;
  return request;
}

bool is_unambiguous(const BeastRequest& request) {
  if (request.count(http::field::host) > 1) return false;
  const auto codings = request.count(http::field::transfer_encoding);
  return codings == 0 ||
         (codings == 1 && boost::beast::iequals(request[http::field::transfer_encoding], "chunked"));
}

Framing framing_of(const HttpResponse& response, bool http_1_0) {
  if (!may_have_body(response)) return Framing::no_body;
  if (!response.source || response.source_bytes) return Framing::length;
  return http_1_0 ? Framing::close : Framing::chunks;
}

std::string head_of(const HttpResponse& response, Framing framing, bool keep_alive) {
  const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status)));
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, std::string_view(reason));
  if (framing == Framing::length) {
    const std::uint64_t length = response.source ? *response.source_bytes : response.body.size();
    head += fmt::format("Content-Length: {}\r\n", length);
  } else if (framing == Framing::chunks) {
    head += "Transfer-Encoding: chunked\r\n";
  }
  if (framing != Framing::no_body && !response.content_type.empty()) {
    head += fmt::format("Content-Type: {}\r\n", response.content_type);
  }
  head += keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  for (const auto& header : response.headers) {
    if (is_safe_header(header)) head += fmt::format("{}: {}\r\n", header.first, header.second);
  }
  return head + "\r\n";
}

bool is_event_stream(const HttpResponse& response) {
  return response.content_type.starts_with("text/event-stream");
}

std::optional<HttpResponse> answer_to(error_code ec, const HttpServerOptions& options,
                                      std::size_t body_limit) {
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
    return plain_answer(
        431, fmt::format("The request's headers are longer than {} bytes.", options.max_header_bytes));
  }
  if (ec == http::error::body_limit) {
    return plain_answer(413, fmt::format("The request's body is longer than {} bytes.", body_limit));
  }
  if (ec.category() == make_error_code(http::error::bad_version).category() &&
      ec != http::error::end_of_stream && ec != http::error::partial_message) {
    return plain_answer(400, "This is not an HTTP/1.1 request.");
  }
  return std::nullopt;
}

}  // namespace parley::net

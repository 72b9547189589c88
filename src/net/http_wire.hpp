// Inside this room only: requests and responses between Beast's types, ours and the bytes of the line.
#pragma once

#include <optional>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/http_server.hpp"
#include "net/tcp.hpp"
#include "net/websocket_handshake.hpp"

namespace parley::net {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::string_body>;

// How the end of a body is told.
enum class Framing { no_body, length, chunks, close };

HttpResponse plain_answer(int status, std::string line);

// Everything but the body; a HEAD becomes a GET.
HttpRequest request_of(const BeastRequest& from, std::string remote_address, bool secure);

// Nobody before us can have seen another request in these bytes: one Host, and no coding but chunked
// (RFC 9112 §3.2, §6.1).
bool is_unambiguous(const BeastRequest& request);

Framing framing_of(const HttpResponse& response, bool http_1_0);

std::string head_of(const HttpResponse& response, Framing framing, bool keep_alive);

bool is_event_stream(const HttpResponse& response);

// The answer to a request that could not be read; none when the peer is simply gone.
std::optional<HttpResponse> answer_to(error_code ec, const HttpServerOptions& options,
                                      std::size_t body_limit);

}  // namespace parley::net

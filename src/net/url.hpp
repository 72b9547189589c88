// Addresses as text: parsing, percent decoding, and a form that is safe to log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace parley::net {

struct Url {
  std::string scheme;      // lower case
  std::string user;        // percent-decoded
  std::string password;    // percent-decoded
  std::string host;        // lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;  // the scheme's own when the address names none (ws, http: 80; wss, https: 443)
  std::string path;        // as written, never empty
  std::string query;       // as written, without '?'

  bool secure() const { return scheme == "wss" || scheme == "https"; }
  // What goes on the request line.
  std::string target() const { return query.empty() ? path : path + "?" + query; }
  // host, with brackets and with the port unless it is the scheme's own: the Host header.
  std::string authority() const;
  // scheme://host:port/path, for logs and messages: no credentials, no query.
  std::string redacted() const;
};

// Knows ws, wss, http and https. An error names what is missing and never quotes the address.
Result<Url> parse_url(std::string_view text);

// %41 becomes A; a malformed escape stays as it is. '+' is left alone.
std::string percent_decode(std::string_view text);

// "Basic …" (RFC 7617), for the header Authorization.
std::string basic_authorization(std::string_view user, std::string_view password);
// Of the address's user and password; empty when it has neither.
std::string basic_authorization(const Url& url);

}  // namespace parley::net

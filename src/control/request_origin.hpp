// Decisions about where a request comes from, out of its headers alone. Pure, any thread.
#pragma once

#include <string_view>

#include "control/principal.hpp"
#include "net/http_server.hpp"

namespace parley::control {

// Did something forward it (a proxy, a tunnel)? Then the peer's address says nothing about the client.
bool was_forwarded(const net::HttpRequest& request);

struct RequestOrigin {
  bool listens_on_loopback = false;  // the server itself, on nothing else
  std::string_view peer_address;
  std::string_view host;  // the Host header
  bool forwarded = false;
  std::string_view origin;  // the Origin header; empty: absent
};

// May it do without a login while there are no users? Only from a program on this machine, or a page that
// came from it: the name asked for must be this machine's too, since any other name could have been made to
// point here by the page that asks (DNS rebinding).
bool is_local_request(const RequestOrigin& request);

// Was a request that changes something meant by who sent it? Reading methods and API keys are safe. A cookie
// needs the login's own token in the header; no page of another origin passes, whoever asks. `host` is the
// name the browser was given: the Host header, or what a trusted proxy says it was.
bool is_csrf_safe(std::string_view method, std::string_view csrf_header, const Principal& principal,
                  std::string_view origin, std::string_view host);

}  // namespace parley::control

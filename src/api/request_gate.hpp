// From a request to what a handler may trust: who asks, may they, is it meant, is it well formed.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "api/api.hpp"
#include "api/cors.hpp"

namespace parley::api {

// What the control context knows of a request before anything blocks.
struct Incoming {
  const Operation* operation = nullptr;
  net::HttpRequest request;
  OpenApi::Values path;
  std::string address;  // the client's
  std::string host;     // that it asked for
  bool secure = false;
  bool upgrade = false;  // of a WebSocket
};

// What a request brings to say who it is from; empty: nothing.
struct Credentials {
  std::string api_key;
  std::string cookie;

  bool any() const { return !api_key.empty() || !cookie.empty(); }
};
Credentials credentials_of(const net::HttpRequest& request);

class RequestGate {
 public:
  // All of it outlives the gate.
  RequestGate(const OpenApi& description, control::Access& access, const Cors& cors,
              const ApiOptions& options)
      : description_(description), access_(access), cors_(cors), options_(options) {}

  using Answer = std::expected<std::shared_ptr<const ApiRequest>, Problem>;
  // Blocks: asks the database who it is.
  Answer admit(Incoming incoming) const;
  // Of a public operation when nobody says who they are: does not block.
  Answer admit_nobody(Incoming incoming) const;

 private:
  std::expected<control::Principal, Problem> who(const Incoming& incoming,
                                                 const Credentials& credentials) const;
  std::expected<bool, Problem> is_local(const Incoming& incoming) const;
  Answer check(Incoming incoming, control::Principal principal, Credentials credentials) const;
  bool still_may(const Operation& operation, control::Principal::Kind kind,
                 const Credentials& credentials) const;

  const OpenApi& description_;
  control::Access& access_;
  const Cors& cors_;
  const ApiOptions& options_;
};

}  // namespace parley::api

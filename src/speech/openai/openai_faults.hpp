// What OpenAI and the servers that speak its protocol say when something is wrong. No I/O; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/headers.hpp"
#include "net/websocket.hpp"
#include "vendor/account.hpp"
#include "vendor/json.hpp"
#include "vendor/vendor_error.hpp"

namespace parley::speech {

class OpenAiFaults {
 public:
  // `account` outlives it.
  OpenAiFaults(const vendor::Account& account, std::string model);

  vendor::VendorError make(vendor::Fault fault, std::string_view words) const;
  // An HTTP answer that is not what was asked for; the body may be anything.
  vendor::VendorError of_response(int status, const net::HeaderList& headers, std::string_view body,
                                  WallTime now) const;
  // The object called "error" in a body or in an event of a socket; status 0: of a socket.
  vendor::VendorError of_object(int status, const vendor::json::object& error) const;
  vendor::VendorError of_connect(const net::ConnectError& error, WallTime now) const;
  vendor::VendorError of_close(const net::CloseInfo& close) const;
  // No connection, or it broke.
  vendor::VendorError of_transport(Error error) const;
  vendor::VendorError no_key() const;

 private:
  const vendor::Account* account_;
  std::string model_;
};

}  // namespace parley::speech

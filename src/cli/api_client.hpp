// Asks a Parley server's API, for commands: each request blocks until its answer is there.
//
// Thread: one. Errors are one sentence for people: what the server's problem document says, or that there is
// no server and how one is started.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "base/result.hpp"
#include "settings/settings.hpp"

namespace parley::cli {

struct ApiServer {
  std::string url;       // without a slash at the end
  bool assumed = false;  // nobody named it: it is where a server with these settings listens
  std::string key;       // secret; empty: none, which a server of this machine without users allows
};

// What the command line gave, before the environment and the settings have their say.
struct ApiServerOptions {
  std::string url;
  std::string key_file;
};
// `environment`: PARLEY_SERVER and PARLEY_API_KEY are looked up by it. Errc::invalid_argument: an address
// that is none, a key that cannot be one. Reads the key's file.
Result<ApiServer> find_api_server(const ApiServerOptions& options, const settings::Settings& settings,
                                  const std::function<std::string(const char*)>& environment);

struct ApiRequest {
  std::string method = "GET";
  std::string path;  // behind /api/v1, escaped; with its query
  std::string body;
  std::string content_type;
  // Gets the body of a success in pieces instead of the answer; false ends it.
  std::function<bool(std::string_view)> sink;
};

struct ApiAnswer {
  int status = 0;
  std::string content_type;
  std::string body;
};

class ApiClient {
 public:
  explicit ApiClient(ApiServer server) : server_(std::move(server)) {}
  const ApiServer& server() const { return server_; }

  // A success of 2xx. Errc::unavailable: nobody listens there; protocol: whoever does is not Parley; else by
  // the status: invalid_argument, not_found, conflict, permission_denied, overloaded, internal.
  Result<ApiAnswer> ask(ApiRequest request) const;
  // The same for answers that are JSON; null when there is no body.
  Result<boost::json::value> ask_json(ApiRequest request) const;

 private:
  ApiServer server_;
};

// "/agents/front%20desk": one piece of a path or a query's value.
std::string escaped(std::string_view text);

}  // namespace parley::cli

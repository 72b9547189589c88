// One small HTTP request of the caller simulator (dynamic endpoint, Passthru). Vendors' requests come with
// their own pooled client.
#pragma once

#include <chrono>
#include <string>

#include "async/task.hpp"
#include "base/result.hpp"
#include "net/http_server.hpp"

namespace parley::net {

// GET http(s)://[user:pass@]host[:port]/path?query; user:pass becomes Basic authorisation. The body is
// limited to 1 MiB. Any status is a success here; redirects are not followed.
async::Task<Result<HttpResponse>> http_get(async::Executor executor, std::string url,
                                           std::chrono::milliseconds deadline);

}  // namespace parley::net

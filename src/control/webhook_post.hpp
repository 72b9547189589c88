// One request to a webhook's receiver. Thread: the executor's.
#pragma once

#include "async/task.hpp"
#include "net/http_client.hpp"

namespace parley::control {

// The answer's status. Of its body no more than 4 KiB are read and nothing is kept; redirects are not
// followed. Cancelling the awaiting coroutine cancels the request.
async::Task<Result<int>> post_webhook(async::Executor executor, net::ClientRequest request);

}  // namespace parley::control

// The call log, recordings, calls in progress and what happens in them.
#pragma once

#include <filesystem>
#include <functional>

#include "api/api.hpp"
#include "control/event_hub.hpp"
#include "control/live_calls.hpp"
#include "control/retention.hpp"
#include "engine/call_registry.hpp"
#include "storage/blob_store.hpp"
#include "storage/call_store.hpp"

namespace parley::api {

// Everything outlives the Api.
struct CallRoutesDependencies {
  storage::CallStore& calls;
  storage::BlobStore& blobs;
  engine::CallRegistry& registry;
  control::LiveCalls& live;
  control::Retention& retention;
  control::EventHub& events;
  async::Executor executor;   // the control context's
  async::BlockingPool& pool;  // reads the log and files
  std::filesystem::path data_dir;
  // Ends a call that has no stream yet; blocks. Empty: there are no such calls.
  std::function<Result<void>(const std::string& call_id)> cancel{};
};

void add_call_routes(Api& api, CallRoutesDependencies dependencies);
void add_call_export_route(Api& api, CallRoutesDependencies dependencies);
void add_recording_route(Api& api, CallRoutesDependencies dependencies);
void add_event_routes(Api& api, CallRoutesDependencies dependencies);

// Inside this room: the query's conditions, in the request's workspace.
std::expected<storage::CallFilter, Problem> call_filter_of(const ApiRequest& request);

}  // namespace parley::api

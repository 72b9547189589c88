// Calls as JSON: the same for the API and the commands.
#pragma once

#include <boost/json/object.hpp>

#include "storage/call_store.hpp"

namespace parley::api {

boost::json::object summary_to_json(const storage::CallSummary& call);
// With turns, latencies, events, usage and cost.
boost::json::object detail_to_json(const storage::CallDetail& call);
// Line by line, what the caller did not hear apart.
boost::json::object transcript_to_json(const storage::CallDetail& call);

}  // namespace parley::api

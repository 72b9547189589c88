#include <boost/json.hpp>

#include "api/call_json.hpp"
#include "cli/calls_command.hpp"

namespace parley::cli {

std::string calls_to_json(const std::vector<storage::CallSummary>& calls) {
  boost::json::array array;
  for (const storage::CallSummary& call : calls)
    array.push_back(api::summary_to_json(call));
  return boost::json::serialize(array) + "\n";
}

std::string call_to_json(const storage::CallDetail& call) {
  return boost::json::serialize(api::detail_to_json(call)) + "\n";
}

}  // namespace parley::cli

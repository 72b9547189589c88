// Calls as text, from the API's JSON (api/call_json.hpp), whichever way it came. Numbers and transcripts are
// shown: they are what was asked for. Members that are missing are left out. Every text ends with a newline;
// times are in the local time zone.
#pragma once

#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace parley::cli {

std::string render_calls_table(const boost::json::array& calls);
std::string render_call(const boost::json::object& call);
std::string render_transcript(const boost::json::object& transcript);

}  // namespace parley::cli

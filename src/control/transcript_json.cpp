#include "control/transcript_json.hpp"

#include <boost/json.hpp>

namespace parley::control {

namespace json = boost::json;

std::string segments_to_json(const std::vector<speech::FileSegment>& segments) {
  json::array array;
  for (const speech::FileSegment& segment : segments) {
    array.push_back({{"channel", segment.channel == 0 ? "caller" : "agent"},
                     {"start", segment.start_s},
                     {"end", segment.end_s},
                     {"text", segment.text}});
  }
  return json::serialize(array);
}

}  // namespace parley::control

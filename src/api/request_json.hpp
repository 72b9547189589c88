// JSON that strangers send.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "base/result.hpp"

namespace parley::api {

constexpr std::size_t kMaxBodyDepth = 32;

// Valid UTF-8 without NUL, at most kMaxBodyDepth levels, finite numbers. The error is a sentence for whoever
// sent it and quotes nothing of it. Pure, any thread; the size is limited by the caller.
Result<boost::json::value> parse_request_json(std::string_view text);

}  // namespace parley::api

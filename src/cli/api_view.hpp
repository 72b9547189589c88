// An API's answer as text for people.
#pragma once

#include <string>

#include <boost/json/value.hpp>

#include "cli/api_commands.hpp"

namespace parley::cli {

// As the command wants it shown; View::text and View::done have nothing to do here. Ends with a newline.
std::string render_answer(const ApiCommand& command, const boost::json::value& answer);

}  // namespace parley::cli

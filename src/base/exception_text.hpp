// What a task ended with, for the log.
#pragma once

#include <exception>
#include <string>

namespace parley {

// The words of what was thrown; "an unknown exception" when it has none. `failure` is not empty.
std::string exception_text(const std::exception_ptr& failure);

}  // namespace parley

// The tests of this room and of those above it know it by this name.
#pragma once

#include "base/tests/temporary_directory.hpp"

namespace parley::storage {

using parley::TemporaryDirectory;

}  // namespace parley::storage

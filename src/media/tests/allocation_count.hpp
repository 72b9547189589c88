// How often this thread has taken memory by `new`, for tests of paths that must not.
#pragma once

#include <cstddef>

namespace parley::media {

std::size_t allocations();

}  // namespace parley::media

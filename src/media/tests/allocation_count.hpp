// How often this thread has taken memory by `new`, for tests of paths that must not.
#pragma once

#include <cstddef>

namespace parley::media {

// false: `new` is the thread sanitizer's here and cannot be counted as well.
bool counts_allocations();
std::size_t allocations();

}  // namespace parley::media

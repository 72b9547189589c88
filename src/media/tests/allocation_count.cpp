#include "media/tests/allocation_count.hpp"

#include <cstdlib>
#include <new>

// Its runtime has an operator new of its own; two cannot be linked.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NEW_IS_THE_SANITIZERS
#endif
#endif

namespace {

thread_local std::size_t count = 0;

}  // namespace

namespace parley::media {

bool counts_allocations() {
#ifdef NEW_IS_THE_SANITIZERS
  return false;
#else
  return true;
#endif
}

std::size_t allocations() {
  return count;
}

}  // namespace parley::media

#ifndef NEW_IS_THE_SANITIZERS
void* operator new(std::size_t size) {
  ++count;
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return operator new(size);
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

#endif

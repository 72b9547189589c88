// libsodium chooses its implementations and opens its source of randomness once. Any thread.
#pragma once

#include <cstdlib>
#include <sodium.h>

namespace parley::security {

inline void make_sodium_ready() {
  // Without randomness nothing that follows would be a secret: better not to run at all.
  static const bool ready = sodium_init() >= 0;
  if (!ready) std::abort();
}

}  // namespace parley::security

// What a call cost: the sums over its usage rows. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/call_store.hpp"

namespace parley::storage {

struct CallCost {
  struct Line {
    std::int64_t micros = 0;
    std::map<vendor::Part, std::int64_t> parts;
    std::string as_of;  // of the oldest price used
  };
  std::map<std::string, Line> by_currency;  // currencies are never mixed
  // "stt deepgram nova-9": used without a known price, so the sums are not all of it.
  std::vector<std::string> unpriced;
};

// `turn` < 0: of the whole call.
CallCost cost_of(const std::vector<UsageRecord>& usage, int turn = -1);

}  // namespace parley::storage

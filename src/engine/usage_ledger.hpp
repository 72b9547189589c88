// What a call has used at its vendors, by turn, part, vendor and model, with its price: rows for the call log
// that are rewritten as more comes in. Thread: the call's shard.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/call_store.hpp"
#include "vendor/price_table.hpp"
#include "vendor/usage.hpp"

namespace parley::engine {

class UsageLedger {
 public:
  // `store` outlives the ledger. `prices` and `day` (ISO date) are those of the beginning of the call.
  UsageLedger(std::string call_id, storage::CallStore& store,
              std::shared_ptr<const vendor::PriceTable> prices, std::string day)
      : call_id_(std::move(call_id)), store_(store), prices_(std::move(prices)), day_(std::move(day)) {}

  void add(int turn, const vendor::Usage& usage);

 private:
  const std::string call_id_;
  storage::CallStore& store_;
  const std::shared_ptr<const vendor::PriceTable> prices_;
  const std::string day_;
  std::vector<storage::UsageRecord> rows_;
};

}  // namespace parley::engine

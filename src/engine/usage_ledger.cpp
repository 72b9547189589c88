#include "engine/usage_ledger.hpp"

#include <algorithm>

namespace parley::engine {

void UsageLedger::add(int turn, const vendor::Usage& usage) {
  const auto same = [&](const storage::UsageRecord& row) {
    return row.turn == turn && row.usage.part == usage.part && row.usage.vendor == usage.vendor &&
           row.usage.model == usage.model;
  };
  auto row = std::ranges::find_if(rows_, same);
  if (row == rows_.end()) {
    rows_.push_back({call_id_, turn, usage, {}});
    row = rows_.end() - 1;
  } else {
    add_usage(row->usage, usage);
  }
  row->cost = prices_->cost_of(row->usage, day_);
  store_.put_usage(*row);
}

}  // namespace parley::engine

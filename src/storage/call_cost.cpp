#include "storage/call_cost.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace parley::storage {

CallCost cost_of(const std::vector<UsageRecord>& usage, int turn) {
  CallCost cost;
  for (const UsageRecord& row : usage) {
    if (turn >= 0 && row.turn != turn) continue;
    if (!row.cost) {
      std::string name =
          fmt::format("{} {} {}", to_string(row.usage.part), row.usage.vendor, row.usage.model);
      if (std::ranges::find(cost.unpriced, name) == cost.unpriced.end())
        cost.unpriced.push_back(std::move(name));
      continue;
    }
    CallCost::Line& line = cost.by_currency[row.cost->currency];
    line.micros += row.cost->micros;
    line.parts[row.usage.part] += row.cost->micros;
    if (line.as_of.empty() || row.cost->as_of < line.as_of) line.as_of = row.cost->as_of;
  }
  return cost;
}

}  // namespace parley::storage

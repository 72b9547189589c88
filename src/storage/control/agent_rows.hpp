// How agents lie in their table, for the two files that read them.
#pragma once

#include <string_view>

#include "storage/control/statements.hpp"
#include "storage/control_store.hpp"

namespace parley::storage::control {

inline constexpr std::string_view kAgentColumns =
    "id, workspace_id, name, draft, published_version, published_at, etag, created_at, updated_at";

inline AgentRow read_agent(RowReader& row) {
  return {.id = row.text(),
          .workspace_id = row.text(),
          .name = row.text(),
          .draft = row.text(),
          .published_version = row.number(),
          .published_at = row.integer(),
          .etag = row.integer(),
          .created_at = row.integer(),
          .updated_at = row.integer()};
}

}  // namespace parley::storage::control

// What a workspace has decided about what is kept: typed, and as the JSON object in
// WorkspaceRecord::settings. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "storage/redaction.hpp"

namespace parley::control {

struct RetentionSettings {
  int recordings_days = 0;  // 0: for ever
  int calls_days = 0;       // 0: for ever; their recordings go with them
};
struct ChatSettings {
  int min_messages = 3;  // chats with fewer are not kept
};
struct WorkspaceSettings {
  RetentionSettings retention{};
  ChatSettings chats{};
  storage::RedactionKinds redaction{};  // of stored transcripts
};

// Members that are absent have their defaults. Errc::invalid_argument names the member: "retention.callsDays
// must be a whole number from 0 to 36500".
Result<WorkspaceSettings> parse_workspace_settings(std::string_view json);
// All members.
std::string to_json(const WorkspaceSettings& settings);

}  // namespace parley::control

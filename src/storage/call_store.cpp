#include "storage/call_store.hpp"

namespace parley::storage {
namespace {

constexpr CallStatus kStatuses[] = {CallStatus::in_progress, CallStatus::completed, CallStatus::failed,
                                    CallStatus::interrupted};

}  // namespace

std::string_view to_string(CallStatus status) {
  switch (status) {
    case CallStatus::in_progress:
      return "in_progress";
    case CallStatus::completed:
      return "completed";
    case CallStatus::failed:
      return "failed";
    case CallStatus::interrupted:
      return "interrupted";
  }
  return "failed";
}

std::optional<CallStatus> parse_call_status(std::string_view text) {
  for (const CallStatus status : kStatuses) {
    if (text == to_string(status)) return status;
  }
  return std::nullopt;
}

}  // namespace parley::storage

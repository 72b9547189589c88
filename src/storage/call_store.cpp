#include "storage/call_store.hpp"

namespace parley::storage {
namespace {

constexpr CallStatus kStatuses[] = {CallStatus::queued,    CallStatus::ringing,   CallStatus::in_progress,
                                    CallStatus::completed, CallStatus::failed,    CallStatus::interrupted,
                                    CallStatus::busy,      CallStatus::no_answer, CallStatus::canceled};

}  // namespace

std::string_view to_string(CallStatus status) {
  switch (status) {
    case CallStatus::queued:
      return "queued";
    case CallStatus::ringing:
      return "ringing";
    case CallStatus::in_progress:
      return "in_progress";
    case CallStatus::completed:
      return "completed";
    case CallStatus::failed:
      return "failed";
    case CallStatus::interrupted:
      return "interrupted";
    case CallStatus::busy:
      return "busy";
    case CallStatus::no_answer:
      return "no_answer";
    case CallStatus::canceled:
      return "canceled";
  }
  return "failed";
}

bool is_final(CallStatus status) {
  return status != CallStatus::queued && status != CallStatus::ringing && status != CallStatus::in_progress;
}

std::optional<CallStatus> parse_call_status(std::string_view text) {
  for (const CallStatus status : kStatuses) {
    if (text == to_string(status)) return status;
  }
  return std::nullopt;
}

}  // namespace parley::storage

// A call log that keeps less: numbers and addresses are taken out before anything is stored, by the settings
// of each call's workspace.
//
// Redacted are what was said in turns, the details of events, the text of transcripts and what was put into a
// call (variables, custom field). Keys that a caller
// presses are events of one key each: from the seventh in a row on they are hidden when numbers are.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "storage/call_store.hpp"
#include "storage/redaction.hpp"

namespace parley::storage {

// Asked on the shards' threads at every turn and event: it answers at once, from any thread. The workspace is
// empty when the call is one from before the start of this process (a transcript that came late).
using RedactionOf = std::function<RedactionKinds(const std::string& workspace)>;

// Thread: as CallStore. Lifetime: `inner` outlives it.
std::unique_ptr<CallStore> make_redacting_call_store(CallStore& inner, RedactionOf kinds_of);

// The detail of an event, or segments of a transcript: text, or JSON whose strings are redacted (`only_text`:
// those named "text"); numbers in it that are redacted become strings. What is no JSON is redacted as text.
std::string redact_json(const std::string& json, const RedactionKinds& kinds, bool only_text);

}  // namespace parley::storage

// `parley calls list` and `parley calls show`: the call log as text or JSON. The commands read the SQLite
// file of a data directory, beside a running server or without one. Numbers and transcripts are shown: they
// are what was asked for.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "storage/call_store.hpp"

namespace parley::cli {

enum class Output { text, json };

// Every text ends with a newline; times are in the local time zone. JSON is one line with times in UTC.
std::string render_calls_table(const std::vector<storage::CallSummary>& calls);
std::string render_call(const storage::CallDetail& call);
std::string calls_to_json(const std::vector<storage::CallSummary>& calls);
std::string call_to_json(const storage::CallDetail& call);

// The exit code: 0, or 1 after one line on `err`.
int run_calls_list(const std::filesystem::path& data_dir, const storage::CallFilter& filter, Output output,
                   std::ostream& out, std::ostream& err);
// `id` may be the beginning of one.
int run_calls_show(const std::filesystem::path& data_dir, const std::string& id, Output output,
                   std::ostream& out, std::ostream& err);

}  // namespace parley::cli

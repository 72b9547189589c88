// Runs one command of the table: makes its request, follows pages, shows the answer.
#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/api_client.hpp"
#include "cli/api_commands.hpp"

namespace parley::cli {

enum class Output { text, json };

// What was given, by the argument's option ("--note", "AGENT"); a flag is there with no value.
using Given = std::map<std::string, std::vector<std::string>, std::less<>>;

struct Surroundings {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  // A secret, asked for without echo or read from the standard input.
  std::function<Result<std::string>(std::string_view what)> ask_secret;
};

// The exit code: 0, or 1 after one sentence on `err`. JSON is the API's answer on one line; a listing over
// several pages is given as one. Errc::unavailable and protocol of the server are given back instead when
// `unanswered` is there: the caller has another way.
int run_api_command(const ApiClient& client, const ApiCommand& command, const Given& given, Output output,
                    const Surroundings& around, Error* unanswered = nullptr);

// The value of one argument, or its default; empty: neither.
std::string value_of(const Argument& argument, const Given& given);

}  // namespace parley::cli

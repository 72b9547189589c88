// The commands that are nothing but a request to the API, as a table: what they are called, what they take,
// which request that makes, how the answer is shown. Pure data; the command line and the runner go through
// it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace parley::cli {

// Where an argument goes in the request.
enum class Place {
  path,    // {name} of the path
  query,   // name=value
  body,    // the member of that name
  file,    // the body is this file's text; "-" is the standard input
  secret,  // a member of the body, asked for without echo or read from the standard input
  count,   // of a listing: how many rows, over as many pages as it takes
  target,  // the file that the answer is written to
};
enum class Kind { text, integer, boolean, list };

struct Argument {
  std::string_view option;  // "--note", or "AGENT" for one that stands by itself
  std::string_view name;    // in the request
  Place place;
  std::string_view help;
  Kind kind = Kind::text;
  bool required = false;
  std::string_view otherwise{};  // when it is not given; empty: left out
};

// A member of the body that the command itself sets: {"disabled": true}.
struct Fixed {
  std::string_view name;
  std::string_view json;
};

// People name a record by what they know it by; the API wants its id. The listing is asked which it is.
struct Lookup {
  std::string_view argument;  // the name of the path's
  std::string_view listing;   // "/phone-numbers"
  std::string_view field;     // "phoneNumber"
  bool beginning = false;     // of the field is enough
};

struct Column {
  std::string_view header;
  std::string_view member;  // "status", or "a.b" of an object inside
};

enum class View {
  table,       // `columns` of the items
  record,      // every member on a line
  calls,       // the table of calls
  call,        // a call as a conversation
  transcript,  // its lines
  differences,
  text,  // the body as it is
  done,  // nothing but `said`
};

struct ApiCommand {
  std::string_view group;
  std::string_view name;
  std::string_view help;
  std::string_view method;
  std::string_view path;  // behind /api/v1
  std::vector<Argument> arguments;
  View view = View::record;
  std::vector<Column> columns{};
  std::string_view said{};  // after a success, in text
  std::vector<Fixed> fixed{};
  Lookup lookup{};
  std::string_view content_type = "application/json";
  // `calls list` and `show`: without a server the database itself is asked.
  bool from_database = false;
};

struct ApiGroup {
  std::string_view name;
  std::string_view help;
};

std::span<const ApiGroup> api_groups();
const std::vector<ApiCommand>& api_commands();

// The rows about who may come in and what is outside; api_commands() has them.
void add_people_commands(std::vector<ApiCommand>& all);
void add_outside_commands(std::vector<ApiCommand>& all);

}  // namespace parley::cli

// The JSON Schemas of the API's description, compiled: the part of draft 2020-12 that the description uses.
// A keyword that is not known is an error when the description is read, so nothing in it is silently ignored.
//
// A mistake in a value is told by its JSON pointer and a sentence that names what is wanted; all of them, up
// to kMaxMistakes. Immutable after compiling: any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "api/problem.hpp"
#include "api/text_pattern.hpp"

namespace parley::api {

enum class TextFormat { any, uuid, date, date_time, email, uri };

struct Schema {
  enum Type : unsigned {
    kNull = 1,
    kBoolean = 2,
    kInteger = 4,
    kNumber = 8,
    kText = 16,
    kList = 32,
    kObject = 64,
    kAnything = 127,
  };
  unsigned types = kAnything;
  std::vector<boost::json::value> allowed;  // enum and const; empty: no such rule

  std::size_t least_size = 0;  // characters, items or members
  std::size_t most_size = std::numeric_limits<std::size_t>::max();
  std::optional<TextPattern> pattern;
  std::string pattern_text;
  TextFormat format = TextFormat::any;

  std::optional<double> least;  // numbers
  std::optional<double> most;
  bool least_excluded = false;
  bool most_excluded = false;

  const Schema* items = nullptr;
  bool unique_items = false;

  std::map<std::string, const Schema*, std::less<>> members;
  std::vector<std::string> required;
  bool closed = false;            // additionalProperties or unevaluatedProperties: false
  const Schema* other = nullptr;  // of members that are not named

  std::vector<const Schema*> all_of;
  std::vector<const Schema*> any_of;  // oneOf, too: descriptions must keep their branches apart
  boost::json::value otherwise;       // the default
};

class Schemas {
 public:
  // `document` outlives the calls of compile(): references are looked up in it.
  explicit Schemas(const boost::json::object& document) : document_(document) {}
  ~Schemas();
  Schemas(const Schemas&) = delete;
  Schemas& operator=(const Schemas&) = delete;

  // What `written` says, references followed. The Schema lives as long as this object. An error names the
  // keyword.
  Result<const Schema*> compile(const boost::json::value& written);

 private:
  Result<void> read(const boost::json::object& written, Schema& out);
  Result<void> read_keyword(std::string_view key, const boost::json::value& value, Schema& out);
  Result<void> read_types(const boost::json::value& value, Schema& out);
  Result<void> read_list(const boost::json::value& value, std::vector<const Schema*>& out);

  const boost::json::object& document_;
  std::vector<std::unique_ptr<Schema>> made_;
  std::map<std::string, const Schema*, std::less<>> by_reference_;
  int depth_ = 0;
};

// What a local reference ("#/components/schemas/Agent") points at; nullptr: nothing.
const boost::json::value* follow(const boost::json::object& document, std::string_view reference);

constexpr std::size_t kMaxMistakes = 20;

// "must be text of 1 to 100 characters"
std::string requirement(const Schema& schema);
// Appends what is wrong with `value`; `pointer` is its place ("/body").
void check_value(const Schema& schema, const boost::json::value& value, const std::string& pointer,
                 std::vector<InvalidPart>& mistakes);
// A member's name as the end of a pointer: escaped, and cut when it is long.
std::string pointer_to(const std::string& parent, std::string_view name);
// "is not known here; known are name, prompt"
std::string unknown_name(std::string_view name, std::vector<std::string> known);

}  // namespace parley::api

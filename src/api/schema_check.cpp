// Values against schemas, and the sentences for what is wrong with them.
#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "api/schema.hpp"
#include "api/text_format.hpp"
#include "base/json_string.hpp"
#include "base/text_value.hpp"
#include "base/valid_text.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kMaxShownName = 100;
constexpr std::size_t kMaxListed = 25;
// Values looked at in one check: alternatives inside alternatives must not multiply without end.
constexpr int kMaxSteps = 2'000'000;

std::string_view plural(std::size_t count) {
  return count == 1 ? "" : "s";
}

std::string sizes(const Schema& schema, std::string_view what) {
  const auto& [least, most] = std::tie(schema.least_size, schema.most_size);
  if (least == 0 && most == kNoLimit) return {};
  if (most == kNoLimit) return fmt::format(" of at least {} {}{}", least, what, plural(least));
  if (least == 0) return fmt::format(" of at most {} {}{}", most, what, plural(most));
  if (least == most) return fmt::format(" of {} {}{}", most, what, plural(most));
  return fmt::format(" of {} to {} {}s", least, most, what);
}

std::string bounds(const Schema& schema) {
  if (schema.least && schema.most && !schema.least_excluded && !schema.most_excluded)
    return fmt::format(" from {} to {}", *schema.least, *schema.most);
  std::string text;
  if (schema.least)
    text += fmt::format(" {} {}", schema.least_excluded ? "above" : "not below", *schema.least);
  if (schema.most)
    text += fmt::format("{} {} {}", schema.least ? " and" : "", schema.most_excluded ? "below" : "not above",
                        *schema.most);
  return text;
}

std::string_view format_name(TextFormat format) {
  switch (format) {
    case TextFormat::any:
      return "";
    case TextFormat::uuid:
      return "a UUID";
    case TextFormat::date:
      return "a date like 2026-11-21";
    case TextFormat::date_time:
      return "a time like 2026-11-21T08:00:00Z";
    case TextFormat::email:
      return "an e-mail address";
    case TextFormat::uri:
      return "an address like https://example.com/path";
  }
  return "";
}

std::string text_requirement(const Schema& schema) {
  std::string text(format_name(schema.format));
  if (text.empty()) text = "text";
  text += sizes(schema, "character");
  if (schema.pattern) text += fmt::format(" that matches {}", schema.pattern_text);
  return text;
}

// Without "must be".
std::string wanted(const Schema& schema) {
  std::vector<std::string> kinds;
  if (!schema.allowed.empty()) {
    std::vector<std::string> names;
    names.reserve(schema.allowed.size());
    for (const auto& value : schema.allowed)
      names.push_back(value.is_string() ? std::string(value.get_string()) : json::serialize(value));
    return names.size() == 1 ? names.front() : fmt::format("one of {}", fmt::join(names, ", "));
  }
  if (!schema.any_of.empty()) {
    for (const Schema* one : schema.any_of)
      kinds.push_back(wanted(*one));
    return fmt::format("{}", fmt::join(kinds, " or "));
  }
  if (!schema.all_of.empty() && schema.types == Schema::kAnything) return wanted(*schema.all_of.front());
  if (schema.types == Schema::kAnything) return "any value";
  if ((schema.types & Schema::kText) != 0) kinds.push_back(text_requirement(schema));
  if ((schema.types & Schema::kNumber) != 0) {
    kinds.push_back("a number" + bounds(schema));
  } else if ((schema.types & Schema::kInteger) != 0) {
    kinds.push_back("a whole number" + bounds(schema));
  }
  if ((schema.types & Schema::kBoolean) != 0) kinds.emplace_back("true or false");
  if ((schema.types & Schema::kList) != 0) kinds.push_back("a list" + sizes(schema, "item"));
  if ((schema.types & Schema::kObject) != 0) kinds.push_back("an object" + sizes(schema, "member"));
  if ((schema.types & Schema::kNull) != 0) kinds.emplace_back("null");
  return fmt::format("{}", fmt::join(kinds, " or "));
}

unsigned type_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return Schema::kNull;
    case json::kind::bool_:
      return Schema::kBoolean;
    case json::kind::int64:
      return Schema::kInteger | Schema::kNumber;
    case json::kind::uint64:  // beyond what handlers and databases hold
    case json::kind::double_:
      return Schema::kNumber;
    case json::kind::string:
      return Schema::kText;
    case json::kind::array:
      return Schema::kList;
    case json::kind::object:
      return Schema::kObject;
  }
  return 0;
}

bool is_of_format(TextFormat format, std::string_view text) {
  switch (format) {
    case TextFormat::any:
      return true;
    case TextFormat::uuid:
      return is_uuid(text);
    case TextFormat::date:
      return is_date(text);
    case TextFormat::date_time:
      return is_date_time(text);
    case TextFormat::email:
      return is_email(text);
    case TextFormat::uri:
      return is_uri(text);
  }
  return true;
}

bool is_right_text(const Schema& schema, std::string_view text) {
  const std::size_t length = count_characters(text);
  if (length < schema.least_size || length > schema.most_size) return false;
  return is_of_format(schema.format, text) && (!schema.pattern || schema.pattern->matches(text));
}

bool is_right_number(const Schema& schema, double number) {
  if (!std::isfinite(number)) return false;
  if (schema.least && (schema.least_excluded ? number <= *schema.least : number < *schema.least))
    return false;
  return !schema.most || (schema.most_excluded ? number < *schema.most : number <= *schema.most);
}

// The names that `schema` and what it is combined of know.
void add_known(const Schema& schema, std::map<std::string, const Schema*, std::less<>>& known) {
  known.insert(schema.members.begin(), schema.members.end());
  for (const Schema* part : schema.all_of)
    add_known(*part, known);
}

class Check {
 public:
  explicit Check(std::vector<InvalidPart>& mistakes) : mistakes_(mistakes) {}

  void value(const Schema& schema, const json::value& value, const std::string& pointer) {
    if (mistakes_.size() >= kMaxMistakes || --steps_ < 0) return;
    if ((schema.types & type_of(value)) == 0 ||
        (!schema.allowed.empty() && std::ranges::find(schema.allowed, value) == schema.allowed.end())) {
      complain(pointer, requirement(schema));
      return;
    }
    for (const Schema* part : schema.all_of)
      this->value(*part, value, pointer);
    if (!schema.any_of.empty() && !alternatives(schema, value, pointer)) return;
    switch (value.kind()) {
      case json::kind::string:
        if (!is_right_text(schema, value.get_string())) complain(pointer, requirement(schema));
        break;
      case json::kind::int64:
      case json::kind::uint64:
      case json::kind::double_:
        if (!is_right_number(schema, value.to_number<double>())) complain(pointer, requirement(schema));
        break;
      case json::kind::array:
        list(schema, value.get_array(), pointer);
        break;
      case json::kind::object:
        object(schema, value.get_object(), pointer);
        break;
      case json::kind::null:
      case json::kind::bool_:
        break;
    }
  }

  bool exhausted() const { return steps_ < 0; }

 private:
  void complain(std::string pointer, std::string detail) {
    if (mistakes_.size() < kMaxMistakes) mistakes_.push_back({std::move(pointer), std::move(detail)});
  }

  // Of several alternatives of which one takes values of this kind, its mistakes are told; else what all
  // want.
  bool alternatives(const Schema& schema, const json::value& value, const std::string& pointer) {
    std::vector<InvalidPart> of_candidate;
    int candidates = 0;
    for (const Schema* one : schema.any_of) {
      std::vector<InvalidPart> found;
      Check check(found);
      check.steps_ = steps_;
      check.value(*one, value, pointer);
      steps_ = check.steps_;
      if (found.empty()) return true;
      if ((one->types & type_of(value)) != 0 && ++candidates == 1) of_candidate = std::move(found);
    }
    if (candidates != 1) {
      complain(pointer, requirement(schema));
      return false;
    }
    for (InvalidPart& part : of_candidate)
      complain(std::move(part.pointer), std::move(part.detail));
    return false;
  }

  void list(const Schema& schema, const json::array& items, const std::string& pointer) {
    if (items.size() < schema.least_size || items.size() > schema.most_size) {
      complain(pointer, requirement(schema));
      return;
    }
    if (schema.unique_items) {
      std::set<std::string> seen;
      for (const auto& item : items) {
        if (!seen.insert(json::serialize(item)).second) {
          complain(pointer, "must not hold the same value twice");
          break;
        }
      }
    }
    if (schema.items == nullptr) return;
    for (std::size_t i = 0; i < items.size() && mistakes_.size() < kMaxMistakes; ++i)
      value(*schema.items, items[i], fmt::format("{}/{}", pointer, i));
  }

  void object(const Schema& schema, const json::object& object, const std::string& pointer) {
    if (object.size() < schema.least_size || object.size() > schema.most_size) {
      complain(pointer, requirement(schema));
      return;
    }
    for (const std::string& name : schema.required) {
      if (object.contains(name)) continue;
      const auto member = schema.members.find(name);
      complain(pointer_to(pointer, name),
               member == schema.members.end()
                   ? std::string("is missing")
                   : fmt::format("is missing: it {}", requirement(*member->second)));
    }
    for (const auto& [name, member] : object) {
      if (mistakes_.size() >= kMaxMistakes) return;
      if (const auto known = schema.members.find(std::string_view(name)); known != schema.members.end()) {
        value(*known->second, member, pointer_to(pointer, name));
      } else if (schema.other != nullptr) {
        value(*schema.other, member, pointer_to(pointer, name));
      } else if (schema.closed) {
        unknown(schema, name, pointer);
      }
    }
  }

  void unknown(const Schema& schema, std::string_view name, const std::string& pointer) {
    std::map<std::string, const Schema*, std::less<>> known;
    add_known(schema, known);
    if (known.contains(name)) return;
    std::vector<std::string> names;
    names.reserve(known.size());
    for (const auto& [known_name, member] : known)
      names.push_back(known_name);
    complain(pointer_to(pointer, name), unknown_name(name, std::move(names)));
  }

  std::vector<InvalidPart>& mistakes_;
  int steps_ = kMaxSteps;
};

}  // namespace

std::string requirement(const Schema& schema) {
  return "must be " + wanted(schema);
}

std::string unknown_name(std::string_view name, std::vector<std::string> known) {
  if (known.empty()) return "is not known here; nothing is";
  const std::string_view near = name.size() <= kMaxShownName ? nearest(name, known) : std::string_view();
  const bool cut = known.size() > kMaxListed;
  const std::span shown = std::span(known).first(std::min(known.size(), kMaxListed));
  const std::string hint = near.empty() ? std::string() : fmt::format(" (did you mean {}?)", near);
  return fmt::format("is not known here{}; known are {}{}", hint, fmt::join(shown, ", "), cut ? " …" : "");
}

std::string pointer_to(const std::string& parent, std::string_view name) {
  std::string pointer = parent;
  append_json_pointer(clipped(name, kMaxShownName), pointer);
  if (name.size() > kMaxShownName) pointer += "…";
  return pointer;
}

void check_value(const Schema& schema, const json::value& value, const std::string& pointer,
                 std::vector<InvalidPart>& mistakes) {
  Check check(mistakes);
  check.value(schema, value, pointer);
  if (check.exhausted() && mistakes.size() < kMaxMistakes)
    mistakes.push_back({pointer, "is too large to be checked: send less"});
}

}  // namespace parley::api

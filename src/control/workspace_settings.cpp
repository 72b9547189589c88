#include "control/workspace_settings.hpp"

#include <algorithm>
#include <initializer_list>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace parley::control {
namespace {

namespace json = boost::json;

struct Section {
  std::string_view name;
  const json::object* members = nullptr;
};

Result<void> know_only(const json::object& object, std::string_view where,
                       std::initializer_list<std::string_view> names) {
  for (const auto& member : object) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::ranges::find(names, name) == names.end())
      return fail(Errc::invalid_argument, fmt::format("{}{} is not a setting", where, name.substr(0, 60)));
  }
  return {};
}

Result<Section> section(const json::object& top, std::string_view name,
                        std::initializer_list<std::string_view> names) {
  Section found{name, nullptr};
  const json::value* value = top.if_contains(name);
  if (value == nullptr) return found;
  found.members = value->if_object();
  if (found.members == nullptr)
    return fail(Errc::invalid_argument, fmt::format("{} must be an object", name));
  if (auto known = know_only(*found.members, fmt::format("{}.", name), names); !known)
    return fail(std::move(known.error()));
  return found;
}

Result<void> read(const Section& from, std::string_view name, int most, int& to) {
  const json::value* value = from.members == nullptr ? nullptr : from.members->if_contains(name);
  if (value == nullptr) return {};
  const std::int64_t* number = value->if_int64();
  if (number == nullptr || *number < 0 || *number > most)
    return fail(Errc::invalid_argument,
                fmt::format("{}.{} must be a whole number from 0 to {}", from.name, name, most));
  to = static_cast<int>(*number);
  return {};
}

Result<void> read(const Section& from, std::string_view name, bool& to) {
  const json::value* value = from.members == nullptr ? nullptr : from.members->if_contains(name);
  if (value == nullptr) return {};
  if (!value->is_bool())
    return fail(Errc::invalid_argument, fmt::format("{}.{} must be true or false", from.name, name));
  to = value->get_bool();
  return {};
}

// The first that failed.
Result<void> all(std::initializer_list<Result<void>> results) {
  for (const auto& result : results)
    if (!result) return result;
  return {};
}

}  // namespace

Result<WorkspaceSettings> parse_workspace_settings(std::string_view text) {
  boost::system::error_code ec;
  const json::value value = json::parse(text, ec);
  const json::object* top = ec ? nullptr : value.if_object();
  if (top == nullptr) return fail(Errc::invalid_argument, "the settings must be a JSON object");
  if (auto known = know_only(*top, "", {"retention", "chats", "redaction"}); !known)
    return fail(std::move(known.error()));

  const auto retention = section(*top, "retention", {"recordingsDays", "callsDays"});
  if (!retention) return fail(retention.error());
  const auto chats = section(*top, "chats", {"minMessages"});
  if (!chats) return fail(chats.error());
  const auto redaction =
      section(*top, "redaction", {"cardNumbers", "aadhaar", "pan", "phoneNumbers", "emails"});
  if (!redaction) return fail(redaction.error());

  constexpr int kMostDays = 36'500;
  WorkspaceSettings settings;
  const auto done = all({read(*retention, "recordingsDays", kMostDays, settings.retention.recordings_days),
                         read(*retention, "callsDays", kMostDays, settings.retention.calls_days),
                         read(*chats, "minMessages", 100, settings.chats.min_messages),
                         read(*redaction, "cardNumbers", settings.redaction.cards),
                         read(*redaction, "aadhaar", settings.redaction.aadhaar),
                         read(*redaction, "pan", settings.redaction.pan),
                         read(*redaction, "phoneNumbers", settings.redaction.phones),
                         read(*redaction, "emails", settings.redaction.emails)});
  if (!done) return fail(done.error());
  return settings;
}

std::string to_json(const WorkspaceSettings& settings) {
  return json::serialize(json::object{{"retention",
                                       {{"recordingsDays", settings.retention.recordings_days},
                                        {"callsDays", settings.retention.calls_days}}},
                                      {"chats", {{"minMessages", settings.chats.min_messages}}},
                                      {"redaction",
                                       {{"cardNumbers", settings.redaction.cards},
                                        {"aadhaar", settings.redaction.aadhaar},
                                        {"pan", settings.redaction.pan},
                                        {"phoneNumbers", settings.redaction.phones},
                                        {"emails", settings.redaction.emails}}}});
}

}  // namespace parley::control

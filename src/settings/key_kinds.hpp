// The kinds of keys the table is made of: how a text becomes a value, and what is said of one that does not.
#pragma once

#include <algorithm>
#include <array>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/text_value.hpp"
#include "settings/key_table.hpp"

namespace parley::settings::kinds {

using Texts = std::span<const std::string>;

inline std::unexpected<Error> wrong(std::string_view wanted, std::string_view value) {
  constexpr std::size_t kMost = 60;
  return fail(Errc::invalid_argument, fmt::format("must be {}, not '{}{}'", wanted, value.substr(0, kMost),
                                                  value.size() > kMost ? "..." : ""));
}

// What a key is made of beside its values.
struct Names {
  std::string name;
  std::vector<std::string> variables;
  std::string doc;
};

inline bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

inline Key base_of(Names names, std::string values) {
  Key key;
  key.name = std::move(names.name);
  key.variables = std::move(names.variables);
  key.doc = std::move(names.doc);
  key.values = std::move(values);
  return key;
}

// `at` gives the place of the value in Settings.
template <class At>
Key text(Names names, std::string values, At at) {
  Key key = base_of(std::move(names), std::move(values));
  key.set = [at, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    const bool needed = !at(Settings()).empty();
    if (needed && texts[0].empty()) return wrong(wanted, texts[0]);
    at(settings) = texts[0];
    return {};
  };
  key.show = [at](const Settings& settings) { return at(settings); };
  return key;
}

template <class At>
Key integer(Names names, std::int64_t least, std::int64_t most, At at) {
  Key key = base_of(std::move(names), fmt::format("a whole number from {} to {}", least, most));
  key.set = [at, least, most, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    const auto value = parse_integer(texts[0]);
    if (!value || *value < least || *value > most) return wrong(wanted, texts[0]);
    auto& into = at(settings);
    into = static_cast<std::remove_reference_t<decltype(into)>>(*value);
    return {};
  };
  key.show = [at](const Settings& settings) { return fmt::format("{}", at(settings)); };
  return key;
}

template <class At>
Key duration(Names names, milliseconds least, milliseconds most, At at, milliseconds step = milliseconds(1)) {
  std::string values = fmt::format("a duration from {} to {}", duration_text(least), duration_text(most));
  if (step.count() != 1) values += fmt::format(", a multiple of {}", duration_text(step));
  Key key = base_of(std::move(names), std::move(values));
  key.set = [at, least, most, step, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    const auto value = parse_duration(texts[0]);
    if (!value || *value < least || *value > most || value->count() % step.count() != 0)
      return wrong(wanted + ", such as 600ms, 2s or 10m", texts[0]);
    at(settings) = *value;
    return {};
  };
  key.show = [at](const Settings& settings) { return duration_text(at(settings)); };
  return key;
}

template <class At>
Key boolean(Names names, At at) {
  Key key = base_of(std::move(names), "true or false");
  key.set = [at, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    const auto value = parse_boolean(texts[0]);
    if (!value) return wrong(wanted, texts[0]);
    at(settings) = *value;
    return {};
  };
  key.show = [at](const Settings& settings) { return std::string(at(settings) ? "true" : "false"); };
  return key;
}

template <class At, class Value, std::size_t N>
Key one_of(Names names, std::array<std::pair<std::string_view, Value>, N> choices, At at) {
  std::vector<std::string_view> all;
  all.reserve(N);
  for (const auto& choice : choices)
    all.push_back(choice.first);
  Key key = base_of(std::move(names), fmt::format("one of {}", fmt::join(all, ", ")));
  key.set = [at, choices, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    for (const auto& [name, value] : choices) {
      if (name != texts[0]) continue;
      at(settings) = value;
      return {};
    }
    return wrong(wanted, texts[0]);
  };
  key.show = [at, choices](const Settings& settings) {
    for (const auto& [name, value] : choices) {
      if (value == at(settings)) return std::string(name);
    }
    return std::string();
  };
  return key;
}

template <class At>
Key networks(Names names, At at) {
  Key key = base_of(std::move(names), "a list of IP addresses and networks");
  key.list = true;
  key.set = [at](Settings& settings, Texts texts) -> Result<void> {
    auto list = IpAllowList::parse(texts);
    if (!list) return fail(list.error());
    at(settings) = std::move(*list);
    return {};
  };
  key.show = [at](const Settings& settings) {
    return fmt::format("{}", fmt::join(at(settings).entries(), ", "));
  };
  return key;
}

// Origins as browsers send them, or "*".
template <class At>
Key origins(Names names, At at) {
  Key key = base_of(std::move(names), "a list of origins such as https://app.example.com, or *");
  key.list = true;
  key.set = [at, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    for (const std::string& text : texts) {
      const auto scheme = text.find("://");
      const bool plain = scheme != std::string::npos && scheme > 0 && text.size() > scheme + 3 &&
                         text.find_first_of("/ \t?#@\"<>\\", scheme + 3) == std::string::npos;
      if (text != "*" && !plain) return wrong(wanted, text);
    }
    at(settings).assign(texts.begin(), texts.end());
    return {};
  };
  key.show = [at](const Settings& settings) { return fmt::format("{}", fmt::join(at(settings), ", ")); };
  return key;
}

// Secret, because the password is in it.
template <class At>
Key postgres_url(Names names, At at) {
  Key key = base_of(std::move(names), "an address such as postgresql://user:password@host/name");
  key.secret = true;
  key.set = [at, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    if (!texts[0].starts_with("postgresql://") && !texts[0].starts_with("postgres://"))
      return fail(Errc::invalid_argument, "must be " + wanted);
    at(settings) = texts[0];
    return {};
  };
  key.show = [at](const Settings& settings) {
    return std::string(at(settings).empty() ? "(not set)" : "(set)");
  };
  return key;
}

// An address that begins with one of these.
template <class At>
Key address(Names names, std::string values, std::vector<std::string_view> schemes, At at) {
  Key key = base_of(std::move(names), std::move(values));
  key.set = [at, schemes = std::move(schemes), wanted = key.values](Settings& settings,
                                                                    Texts texts) -> Result<void> {
    std::string_view url = texts[0];
    const auto fits = [&](std::string_view one) { return url.starts_with(one); };
    const auto found = std::ranges::find_if(schemes, fits);
    const std::size_t scheme = found == schemes.end() ? 0 : found->size();
    // An address with a name and password in it would be shown and logged.
    const bool odd = url.find_first_of(" \t@?#\"<>\\") != std::string_view::npos;
    if (scheme == 0 || url.size() == scheme || url[scheme] == '/' || odd)
      return fail(Errc::invalid_argument, "must be " + wanted);
    while (url.ends_with('/'))
      url.remove_suffix(1);
    at(settings) = std::string(url);
    return {};
  };
  key.show = [at](const Settings& settings) { return at(settings); };
  return key;
}

template <class At>
Key public_url(Names names, At at) {
  return address(std::move(names), "an address such as https://voice.example.com", {"https://", "http://"},
                 at);
}

// A secret of at least `least` characters; a URL's characters only when it stands in a path.
template <class At>
Key secret(Names names, std::string values, std::size_t least, bool in_path, At at, std::size_t most = 256) {
  Key key = base_of(std::move(names), std::move(values));
  key.secret = true;
  key.set = [at, least, most, in_path, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    const auto plain = [](char c) { return is_plain(c) || c == '_' || c == '.' || c == '~'; };
    const bool fits = texts[0].size() >= least && texts[0].size() <= most &&
                      (!in_path || std::ranges::all_of(texts[0], plain));
    if (!fits) return fail(Errc::invalid_argument, "must be " + wanted);
    at(settings) = texts[0];
    return {};
  };
  key.show = [at](const Settings& settings) {
    return std::string(at(settings).empty() ? "(not set)" : "(set)");
  };
  return key;
}

// Text of which every character is plain or one of `also`.
template <class At>
Key word(Names names, std::string values, std::size_t least, std::size_t most, std::string_view also, At at) {
  Key key = base_of(std::move(names), std::move(values));
  key.set = [at, least, most, also, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    const auto fits = [also](char c) { return is_plain(c) || also.contains(c); };
    const std::string& value = texts[0];
    if (value.size() < least || value.size() > most || !std::ranges::all_of(value, fits))
      return wrong(wanted, value);
    at(settings) = value;
    return {};
  };
  key.show = [at](const Settings& settings) { return at(settings); };
  return key;
}

// Folders of keys: segments with a slash between them, none of which leads elsewhere.
template <class At>
Key key_prefix(Names names, At at) {
  Key key = word(std::move(names), "folders of letters, digits and -_. such as parley/recordings", 0, 256,
                 "._/", at);
  key.set = [plain = key.set, wanted = key.values](Settings& settings, Texts texts) -> Result<void> {
    std::string_view value = texts[0];
    while (value.ends_with('/'))
      value.remove_suffix(1);
    const std::string whole = fmt::format("/{}/", value);
    const bool leads_away =
        whole.contains("/./") || whole.contains("/../") || (!value.empty() && whole.contains("//"));
    if (leads_away) return wrong(wanted, value);
    const std::string text(value);
    return plain(settings, std::span(&text, 1));
  };
  return key;
}

}  // namespace parley::settings::kinds

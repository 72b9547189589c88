#include "net/form_body.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "net/http_server.hpp"
#include "net/url.hpp"

namespace parley::net {
namespace {

constexpr std::size_t kMostBoundaryBytes = 200;  // RFC 2046 allows 70; some exceed it

bool same_name(std::string_view one, std::string_view other) {
  return std::ranges::equal(
      one, other, {}, [](char c) { return to_lower(c); }, [](char c) { return to_lower(c); });
}

// Of a value in quotes, behind the first quote; takes it and the last quote from `rest`. A backslash only
// escapes a quote or itself: old browsers write whole Windows paths.
std::string take_quoted(std::string_view& rest) {
  std::string value;
  while (!rest.empty() && rest.front() != '"') {
    if (rest.front() == '\\' && rest.size() > 1 && (rest[1] == '"' || rest[1] == '\\')) rest.remove_prefix(1);
    value += rest.front();
    rest.remove_prefix(1);
  }
  if (!rest.empty()) rest.remove_prefix(1);
  return value;
}

// Browsers write these three, and only these, with a percent sign; everything else is meant as it stands.
std::string decode_form_name(std::string_view text) {
  std::string name;
  while (!text.empty()) {
    const std::string escape = to_lower(text.substr(0, 3));
    if (escape == "%22" || escape == "%0d" || escape == "%0a") {
      name += escape == "%22" ? '"' : escape == "%0d" ? '\r' : '\n';
      text.remove_prefix(3);
    } else {
      name += text.front();
      text.remove_prefix(1);
    }
  }
  return name;
}

// RFC 5987 ("name*=UTF-8''…"), which forms must not use and some do.
std::string part_name(std::string_view disposition) {
  if (std::string plain = header_parameter(disposition, "name"); !plain.empty())
    return decode_form_name(plain);
  const std::string extended = header_parameter(disposition, "name*");
  const auto quotes = extended.find("''");
  return quotes == std::string::npos ? std::string() : percent_decode(extended.substr(quotes + 2));
}

// Without its line end; takes it from `rest`.
std::string_view take_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

class Multipart {
 public:
  Multipart(std::string_view boundary, std::string_view body, const FormLimits& limits)
      : delimiter_("--" + std::string(boundary)), rest_(body), limits_(limits) {}

  Result<FormFields> read() {
    if (!skip_preamble())
      return fail(Errc::invalid_argument, "the form has no part: its boundary occurs nowhere in its body");
    FormFields fields;
    std::size_t parts = 0;
    while (!at_end_) {
      if (++parts > limits_.max_fields)
        return fail(Errc::overloaded, fmt::format("the form has more than {} parts", limits_.max_fields));
      auto name = read_head();
      if (!name) return fail(name.error());
      const std::string_view value = read_value();
      if (!name->empty()) fields.emplace_back(std::move(*name), value);
    }
    return fields;
  }

 private:
  // At a delimiter's place in `rest_`: it is one when nothing of a longer word follows.
  bool is_delimiter(std::size_t at) const {
    const auto after = rest_.substr(at + delimiter_.size());
    return after.empty() || is_space(after.front()) || after.starts_with("--");
  }

  // Behind the delimiter at `at`, and to the first line of the part, if there is one.
  void pass_delimiter(std::size_t at) {
    rest_.remove_prefix(at + delimiter_.size());
    at_end_ = rest_.starts_with("--");
    take_line(rest_);
    if (rest_.empty()) at_end_ = true;
  }

  bool skip_preamble() {
    for (std::size_t at = 0; (at = rest_.find(delimiter_, at)) != std::string_view::npos; ++at) {
      if ((at == 0 || rest_[at - 1] == '\n') && is_delimiter(at)) {
        pass_delimiter(at);
        return true;
      }
    }
    return false;
  }

  // The part's name.
  Result<std::string> read_head() {
    std::string name;
    const std::size_t before = rest_.size();
    for (;;) {
      if (rest_.empty()) return name;  // cut off: a name without a value
      const std::string_view line = take_line(rest_);
      if (before - rest_.size() > limits_.max_part_head_bytes)
        return fail(Errc::overloaded, "the headers of a part of the form are too long");
      if (line.empty()) return name;
      const auto colon = line.find(':');
      if (colon == std::string_view::npos ||
          !same_name(trimmed(line.substr(0, colon)), "content-disposition"))
        continue;
      name = part_name(line.substr(colon + 1));
      if (name.size() > limits_.max_name_bytes)
        return fail(Errc::overloaded,
                    fmt::format("a name in the form is longer than {} bytes", limits_.max_name_bytes));
    }
  }

  // To the next delimiter; its line break belongs to it.
  std::string_view read_value() {
    if (rest_.starts_with(delimiter_) && is_delimiter(0)) {
      pass_delimiter(0);
      return {};
    }
    for (std::size_t at = 0; (at = rest_.find(delimiter_, at)) != std::string_view::npos; ++at) {
      if (at == 0 || rest_[at - 1] != '\n' || !is_delimiter(at)) continue;
      const auto value = without_line_end(rest_.substr(0, at));
      pass_delimiter(at);
      return value;
    }
    // The last boundary was never sent, or not wholly.
    const auto value = without_line_end(rest_);
    rest_ = {};
    at_end_ = true;
    return value;
  }

  static std::string_view without_line_end(std::string_view value) {
    if (value.ends_with('\n')) value.remove_suffix(1);
    if (value.ends_with('\r')) value.remove_suffix(1);
    return value;
  }

  std::string delimiter_;
  std::string_view rest_;
  const FormLimits& limits_;
  bool at_end_ = false;
};

Result<FormFields> read_urlencoded(std::string_view body, const FormLimits& limits) {
  // Counted before anything is built.
  if (static_cast<std::size_t>(std::ranges::count(body, '&')) >= limits.max_fields)
    return fail(Errc::overloaded, fmt::format("the form has more than {} fields", limits.max_fields));
  while (!body.empty() && is_space(body.back()))
    body.remove_suffix(1);
  FormFields fields = parse_query(body);
  for (const auto& [name, value] : fields) {
    if (name.size() > limits.max_name_bytes)
      return fail(Errc::overloaded,
                  fmt::format("a name in the form is longer than {} bytes", limits.max_name_bytes));
  }
  return fields;
}

// "--abc" on the first line says that the boundary is "abc". Empty: this does not look like multipart.
std::string_view guessed_boundary(std::string_view body) {
  while (!body.empty() && is_space(body.front()))
    body.remove_prefix(1);
  if (!body.starts_with("--")) return {};
  const std::string_view line = trimmed(take_line(body).substr(2));
  // The next line is a header, or this was a text that begins with two hyphens.
  return line.size() <= kMostBoundaryBytes && take_line(body).contains(':') ? line : std::string_view();
}

}  // namespace

std::string media_type(std::string_view content_type) {
  return to_lower(trimmed(content_type.substr(0, content_type.find(';'))));
}

std::string header_parameter(std::string_view header, std::string_view name) {
  auto rest = header;
  const auto skip_to_next = [&rest] {
    const auto end = std::min(rest.find(';'), rest.size());
    rest.remove_prefix(std::min(end + 1, rest.size()));
  };
  skip_to_next();
  while (!rest.empty()) {
    const auto equals = rest.find_first_of("=;");
    if (equals == std::string_view::npos) break;
    if (rest[equals] == ';') {
      skip_to_next();
      continue;
    }
    const auto key = trimmed(rest.substr(0, equals));
    rest.remove_prefix(equals + 1);
    while (!rest.empty() && is_space(rest.front()))
      rest.remove_prefix(1);
    std::string value;
    if (rest.starts_with('"')) {
      rest.remove_prefix(1);
      value = take_quoted(rest);
    } else {
      value = trimmed(rest.substr(0, rest.find(';')));
    }
    if (same_name(key, name)) return value;
    skip_to_next();
  }
  return {};
}

Result<FormFields> parse_form_body(std::string_view content_type, std::string_view body,
                                   const FormLimits& limits) {
  if (body.size() > limits.max_bytes)
    return fail(Errc::overloaded, fmt::format("the form is longer than {} bytes", limits.max_bytes));
  const std::string type = media_type(content_type);
  const bool said_multipart = type.starts_with("multipart/");
  std::string boundary = said_multipart ? header_parameter(content_type, "boundary") : std::string();
  if (boundary.size() > kMostBoundaryBytes)
    return fail(Errc::invalid_argument, "the form's boundary is too long");
  if (boundary.empty()) boundary = guessed_boundary(body);
  if (!boundary.empty()) return Multipart(boundary, body, limits).read();
  if (trimmed(body).empty()) return FormFields();
  if (said_multipart)
    return fail(Errc::invalid_argument, "the form's Content-Type names no boundary: add boundary=…");
  const bool said_form = type == "application/x-www-form-urlencoded";
  if (!said_form && !body.contains('='))
    return fail(Errc::invalid_argument,
                "the body is no form: send application/x-www-form-urlencoded or multipart/form-data");
  return read_urlencoded(body, limits);
}

}  // namespace parley::net

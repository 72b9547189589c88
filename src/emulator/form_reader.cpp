#include "emulator/form_reader.hpp"

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "net/http_server.hpp"

namespace parley::emulator {
namespace {

std::unexpected<Error> broken(std::string what) {
  return fail(Errc::invalid_argument, std::move(what));
}

// The value of a header's parameter: boundary="x" or boundary=x.
std::string parameter(std::string_view header, std::string_view name) {
  const std::string wanted = fmt::format("{}=", name);
  for (std::size_t at = header.find(wanted); at != std::string_view::npos; at = header.find(wanted, at + 1)) {
    const char before = at == 0 ? ';' : header[at - 1];
    if (before != ';' && before != ' ') continue;
    std::string_view value = header.substr(at + wanted.size());
    if (value.starts_with('"')) {
      value.remove_prefix(1);
      return std::string(value.substr(0, value.find('"')));
    }
    return std::string(trimmed(value.substr(0, value.find(';'))));
  }
  return {};
}

Result<Form> read_multipart(std::string_view content_type, std::string_view body) {
  const std::string boundary = parameter(content_type, "boundary");
  if (boundary.empty()) return broken("multipart/form-data without a boundary");
  const std::string first = "--" + boundary;
  const std::string delimiter = "\r\n" + first;
  if (!body.starts_with(first)) return broken("the body does not begin with its boundary");
  body.remove_prefix(first.size());
  Form form;
  while (!body.starts_with("--")) {
    if (!body.starts_with("\r\n")) return broken("a boundary without a line end");
    body.remove_prefix(2);
    const std::size_t end = body.find(delimiter);
    if (end == std::string_view::npos) return broken("the last boundary is missing");
    const std::string_view part = body.substr(0, end);
    body.remove_prefix(end + delimiter.size());
    const std::size_t head_end = part.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return broken("a part without headers");
    std::string name = parameter(part.substr(0, head_end), "name");
    if (name.empty()) return broken("a part without a name");
    if (form.fields.size() == Form::kMostFields) return broken("too many fields");
    form.fields.emplace_back(std::move(name), part.substr(head_end + 4));
  }
  return form;
}

}  // namespace

std::string_view Form::get(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return {};
}

bool Form::has(std::string_view name) const {
  return std::ranges::any_of(fields, [name](const auto& field) { return field.first == name; });
}

std::vector<std::string> Form::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : fields) {
    if (key == name || (key.starts_with(name) && key.substr(name.size()).starts_with('[')))
      values.push_back(value);
  }
  return values;
}

Result<Form> read_form(std::string_view content_type, std::string_view body) {
  const std::string type = to_lower(trimmed(content_type.substr(0, content_type.find(';'))));
  if (type == "multipart/form-data") return read_multipart(content_type, body);
  if (type != "application/x-www-form-urlencoded")
    return broken("send application/x-www-form-urlencoded or multipart/form-data");
  Form form;
  form.fields = net::parse_query(body);
  if (form.fields.size() > Form::kMostFields) return broken("too many fields");
  return form;
}

}  // namespace parley::emulator

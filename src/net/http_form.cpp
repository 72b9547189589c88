#include <algorithm>

#include <fmt/format.h>

#include "base/ids.hpp"
#include "net/http_client.hpp"

namespace parley::net {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~").contains(c);
}

// A boundary is random, so a second choice is needed only for a part made on purpose.
std::string choose_boundary(const std::vector<FormPart>& parts) {
  for (;;) {
    std::string boundary = "parley-" + make_id();
    const bool taken =
        std::ranges::any_of(parts, [&](const FormPart& part) { return part.value.contains(boundary); });
    if (!taken) return boundary;
  }
}

}  // namespace

std::string url_encode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}",
                     static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

FormBody make_form(const std::vector<FormPart>& parts) {
  const std::string boundary = choose_boundary(parts);
  FormBody form;
  form.content_type = "multipart/form-data; boundary=" + boundary;
  auto out = std::back_inserter(form.body);
  for (const FormPart& part : parts) {
    fmt::format_to(out, "--{}\r\nContent-Disposition: form-data; name=\"{}\"", boundary, part.name);
    if (!part.file_name.empty()) fmt::format_to(out, "; filename=\"{}\"", part.file_name);
    if (!part.content_type.empty()) fmt::format_to(out, "\r\nContent-Type: {}", part.content_type);
    form.body += "\r\n\r\n";
    form.body += part.value;
    form.body += "\r\n";
  }
  fmt::format_to(out, "--{}--\r\n", boundary);
  return form;
}

}  // namespace parley::net

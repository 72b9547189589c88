#include "api/dashboard_files.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace parley::api {
namespace {

constexpr std::string_view kAssets = "/assets/";
constexpr std::string_view kIndex = "/index.html";

const DashboardFile* find(std::span<const DashboardFile> files, std::string_view path) {
  const auto file = std::ranges::find(files, path, &DashboardFile::path);
  return file == files.end() ? nullptr : &*file;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Takes what stands before the next `separator` off `rest`.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return trimmed(part);
}

// RFC 9110 section 12.5.3; a coding with q=0 is refused, all others are as good as each other.
bool takes(std::string_view accept_encoding, std::string_view coding) {
  while (!accept_encoding.empty()) {
    std::string_view offer = take(accept_encoding, ',');
    if (take(offer, ';') != coding) continue;
    const std::string_view weight = trimmed(offer);
    if (!weight.starts_with("q=")) return true;
    return weight.find_first_not_of("0.", 2) != std::string_view::npos;
  }
  return false;
}

// RFC 9110 section 13.1.2; weak or strong makes no difference here.
bool has_tag(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    std::string_view tag = take(if_none_match, ',');
    if (tag == "*") return true;
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag.size() == etag.size() + 2 && tag.substr(1, etag.size()) == etag) return true;
  }
  return false;
}

net::HttpResponse answer_of(const DashboardFile& file, const net::HttpRequest& request) {
  net::HttpResponse response;
  response.content_type = file.content_type;
  const bool for_good = file.path.starts_with(kAssets);
  response.headers = {{"ETag", fmt::format("\"{}\"", file.etag)},
                      {"Cache-Control", for_good ? "public, max-age=31536000, immutable" : "no-cache"},
                      {"Vary", "Accept-Encoding"}};
  if (has_tag(request.header("if-none-match"), file.etag)) {
    response.status = 304;
    return response;
  }
  const std::string_view accept = request.header("accept-encoding");
  if (!file.brotli.empty() && takes(accept, "br")) {
    response.headers.emplace_back("Content-Encoding", "br");
    response.body = file.brotli;
  } else if (!file.gzip.empty() && takes(accept, "gzip")) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = file.gzip;
  } else {
    response.body = file.plain;
  }
  return response;
}

}  // namespace

net::HttpResponse dashboard_answer(std::span<const DashboardFile> files, const net::HttpRequest& request) {
  const bool is_root = request.path == "/";
  const DashboardFile* const file = find(files, is_root ? kIndex : std::string_view(request.path));
  // A program that asks for an address that is not there is to be told so; only browsers want pages.
  const bool wants_page = request.header("accept").find("text/html") != std::string_view::npos;
  const bool may_be_page = wants_page && !request.path.starts_with(kAssets);
  const DashboardFile* const page = may_be_page ? find(files, kIndex) : nullptr;
  const DashboardFile* const found = file != nullptr ? file : page;
  if (found == nullptr)
    return text_response(404, is_root
                                  ? "Parley is running. This program was built without the dashboard; the "
                                    "API is at /api/v1, described at /api/v1/openapi.json."
                                  : "nothing at this address");
  if (request.method != "GET" && request.method != "HEAD") {
    net::HttpResponse refusal = text_response(405, "method not allowed: use GET");
    refusal.headers.emplace_back("Allow", "GET, HEAD");
    return refusal;
  }
  return answer_of(*found, request);
}

void add_dashboard(Router& router, std::span<const DashboardFile> files) {
  router.otherwise([files](const net::HttpRequest& request, const PathParameters&) {
    return dashboard_answer(files, request);
  });
}

}  // namespace parley::api

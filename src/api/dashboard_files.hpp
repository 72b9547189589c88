// The web application's files. Names of files below /assets change with their content, so browsers keep them
// for good; everything else is asked for again by its ETag. An address of a page, which no file has, gets the
// page that all share: the application finds its way from there.
//
// Pure; any thread.
#pragma once

#include <span>
#include <string_view>

#include "api/router.hpp"

namespace parley::api {

struct DashboardFile {
  std::string_view path;  // "/index.html", "/assets/…"
  std::string_view content_type;
  std::string_view etag;  // of the content, without quotes
  std::string_view plain;
  std::string_view gzip;    // empty: not worth it
  std::string_view brotli;  // the same
};

// What was built in; empty when the program was built without.
std::span<const DashboardFile> embedded_dashboard();

// What a browser gets for `request`, by GET or HEAD. `files` outlive the answer's making only: it copies.
net::HttpResponse dashboard_answer(std::span<const DashboardFile> files, const net::HttpRequest& request);

// All addresses that nothing else has.
void add_dashboard(Router& router, std::span<const DashboardFile> files);

}  // namespace parley::api

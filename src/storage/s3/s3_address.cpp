#include "storage/s3/s3_address.hpp"

#include <fmt/core.h>

#include "net/http_client.hpp"
#include "net/url.hpp"
#include "storage/s3/sigv4.hpp"

namespace parley::storage::s3 {
namespace {

bool is_amazon(std::string_view host) {
  return host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
}

bool in_path(const S3Options& options, const net::Url& url) {
  switch (options.path_style) {
    case settings::PathStyle::always:
      return true;
    case settings::PathStyle::never:
      return false;
    case settings::PathStyle::automatic:
      break;
  }
  // The certificate's wildcard covers one label, so a bucket with a dot in its name has none.
  return !is_amazon(url.host) || (url.secure() && options.bucket.contains('.'));
}

}  // namespace

std::string S3Address::path(std::string_view key) const {
  return base + escape_path(key);
}

Result<S3Address> s3_address(const S3Options& options, std::string_view endpoint) {
  if (options.bucket.empty()) return fail(Errc::invalid_argument, "s3.bucket (AWS_S3_BUCKET) is not set");
  const std::string_view domain = options.region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const std::string own = fmt::format("https://s3.{}.{}", options.region, domain);
  auto url = net::parse_url(endpoint.empty() ? own : endpoint);
  const bool http = url && (url->scheme == "https" || url->scheme == "http");
  if (!http) {
    return fail(Errc::invalid_argument,
                "s3.endpoint (S3_ENDPOINT) must be an address such as https://s3.example.com");
  }
  std::string base = url->path;
  while (base.ends_with('/'))
    base.pop_back();
  if (in_path(options, *url)) {
    base += "/" + net::url_encode(options.bucket);
  } else {
    url->host = options.bucket + "." + url->host;
  }
  return S3Address{.origin = fmt::format("{}://{}", url->scheme, url->authority()),
                   .host = url->authority(),
                   .base = base + "/"};
}

}  // namespace parley::storage::s3

#include "storage/s3/sigv4.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/core.h>

#include "base/ascii.hpp"
#include "net/http_client.hpp"
#include "security/hash.hpp"

namespace parley::storage::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kUnsigned = "UNSIGNED-PAYLOAD";
constexpr std::chrono::seconds kLongest{7L * 24 * 3600};

// Surrounding space goes, inner runs of it become one.
std::string trimmed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' && c != '\t') {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

net::HeaderList canonical_headers(const net::HeaderList& headers) {
  net::HeaderList out;
  for (const auto& [name, value] : headers)
    out.emplace_back(to_lower(name), trimmed(value));
  std::ranges::sort(out);
  return out;
}

std::string names_of(const net::HeaderList& canonical) {
  std::string out;
  for (const auto& header : canonical)
    out += (out.empty() ? "" : ";") + header.first;
  return out;
}

std::string scope_of(std::string_view day, std::string_view region) {
  return fmt::format("{}/{}/s3/aws4_request", day, region);
}

std::string signature_of(const Signer& signer, const Signable& request, WallTime at) {
  const auto headers = canonical_headers(request.headers);
  std::string canonical =
      fmt::format("{}\n{}\n{}\n", request.method, request.path, canonical_query(request.query));
  for (const auto& [name, value] : headers)
    canonical += fmt::format("{}:{}\n", name, value);
  canonical += fmt::format("\n{}\n{}", names_of(headers), request.payload_hash);

  const std::string time = amz_date(at);
  const std::string_view day = std::string_view(time).substr(0, 8);
  const std::string to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, scope_of(day, signer.region),
                                          security::to_hex(security::sha256(canonical)));
  const std::string key = signing_key(signer.secret_access_key, day, signer.region);
  return security::to_hex(security::hmac_sha256(key, to_sign));
}

std::string credential_of(const Signer& signer, WallTime at) {
  return fmt::format("{}/{}", signer.access_key_id, scope_of(amz_date(at).substr(0, 8), signer.region));
}

}  // namespace

std::string escape_path(std::string_view path) {
  std::string out;
  for (;;) {
    const auto slash = path.find('/');
    out += net::url_encode(path.substr(0, slash));
    if (slash == std::string_view::npos) return out;
    out += '/';
    path.remove_prefix(slash + 1);
  }
}

std::string canonical_query(const Query& query) {
  Query escaped;
  for (const auto& [name, value] : query)
    escaped.emplace_back(net::url_encode(name), net::url_encode(value));
  std::ranges::sort(escaped);
  std::string out;
  for (const auto& [name, value] : escaped)
    out += fmt::format("{}{}={}", out.empty() ? "" : "&", name, value);
  return out;
}

std::string amz_date(WallTime at) {
  const std::time_t seconds =
      std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(at));
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string signing_key(std::string_view secret, std::string_view day, std::string_view region) {
  const std::string of_day = security::hmac_sha256(fmt::format("AWS4{}", secret), day);
  const std::string of_region = security::hmac_sha256(of_day, region);
  const std::string of_service = security::hmac_sha256(of_region, "s3");
  return security::hmac_sha256(of_service, "aws4_request");
}

std::string authorization(const Signer& signer, const Signable& request, WallTime at) {
  return fmt::format("{} Credential={},SignedHeaders={},Signature={}", kAlgorithm, credential_of(signer, at),
                     names_of(canonical_headers(request.headers)), signature_of(signer, request, at));
}

net::HeaderList signed_headers(const Signer& signer, Signable request, std::string_view host, WallTime at) {
  net::HeaderList& headers = request.headers;
  headers.emplace_back("x-amz-date", amz_date(at));
  headers.emplace_back("x-amz-content-sha256", request.payload_hash);
  if (!signer.session_token.empty()) headers.emplace_back("x-amz-security-token", signer.session_token);
  headers.emplace_back("host", host);
  std::string value = authorization(signer, request, at);
  headers.pop_back();
  headers.emplace_back("Authorization", std::move(value));
  return std::move(headers);
}

std::string presigned_query(const Signer& signer, std::string_view host, std::string_view path, Query query,
                            std::chrono::seconds valid_for, WallTime at) {
  valid_for = std::clamp(valid_for, std::chrono::seconds(1), kLongest);
  query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  query.emplace_back("X-Amz-Credential", credential_of(signer, at));
  query.emplace_back("X-Amz-Date", amz_date(at));
  query.emplace_back("X-Amz-Expires", fmt::format("{}", valid_for.count()));
  query.emplace_back("X-Amz-SignedHeaders", "host");
  if (!signer.session_token.empty()) query.emplace_back("X-Amz-Security-Token", signer.session_token);
  const Signable request{.method = "GET",
                         .path = std::string(path),
                         .query = query,
                         .headers = {{"host", std::string(host)}},
                         .payload_hash = std::string(kUnsigned)};
  return fmt::format("{}&X-Amz-Signature={}", canonical_query(query), signature_of(signer, request, at));
}

}  // namespace parley::storage::s3

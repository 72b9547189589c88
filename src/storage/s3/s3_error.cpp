#include "storage/s3/s3_error.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "net/headers.hpp"
#include "storage/s3/xml_text.hpp"
#include "vendor/vendor_error.hpp"

namespace parley::storage::s3 {
namespace {

constexpr std::size_t kMostWord = 64;

// A word of the server's that is safe to repeat: a code, a region; empty when it is not.
std::string safe_word(const S3Options& options, std::string_view word) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  };
  const std::string& secret = options.secret_access_key;
  const bool tells = !secret.empty() && word.contains(secret);
  const bool fits = !tells && word.size() <= kMostWord && std::ranges::all_of(word, plain);
  return fits ? std::string(word) : std::string();
}

std::string word_of(const S3Options& options, const net::Response& response, std::string_view element,
                    std::string_view header) {
  if (const auto text = element_text(response.body, element)) return safe_word(options, *text);
  const auto found = net::find_header(response.headers, header);
  return found ? safe_word(options, *found) : std::string();
}

template <std::size_t N>
bool any_of(const std::array<std::string_view, N>& codes, std::string_view code) {
  return std::ranges::find(codes, code) != codes.end();
}

constexpr std::array<std::string_view, 8> kLater = {
    "SlowDown",   "InternalError",    "ServiceUnavailable",        "RequestTimeout", "RequestLimitExceeded",
    "Throttling", "OperationAborted", "XMinioServerNotInitialized"};
constexpr std::array<std::string_view, 3> kNotThere = {"NoSuchKey", "NoSuchUpload", "NotFound"};
constexpr std::array<std::string_view, 3> kBeginAgain = {"InvalidPart", "InvalidPartOrder", "EntityTooSmall"};
constexpr std::array<std::string_view, 4> kRegion = {"AuthorizationHeaderMalformed", "PermanentRedirect",
                                                     "TemporaryRedirect",
                                                     "IllegalLocationConstraintException"};
constexpr std::array<std::string_view, 3> kToken = {"ExpiredToken", "InvalidToken", "TokenRefreshRequired"};

Error wrong_region(const S3Options& options, const net::Response& response, const std::string& begin) {
  std::string region = word_of(options, response, "Region", "x-amz-bucket-region");
  if (region.empty() || region == options.region) {
    const std::string endpoint = word_of(options, response, "Endpoint", "x-amz-endpoint");
    const std::string at = endpoint.empty() ? "" : fmt::format(": it says {}", endpoint);
    return {
        Errc::invalid_argument,
        fmt::format("{}the bucket '{}' is reached elsewhere{}. Set s3.endpoint (S3_ENDPOINT) or s3.region "
                    "(AWS_REGION)",
                    begin, options.bucket, at)};
  }
  return {Errc::invalid_argument,
          fmt::format("{}the bucket '{}' is in the region {}, not {}: set s3.region (AWS_REGION) to it",
                      begin, options.bucket, region, options.region)};
}

// Refusals that a person mends; code internal: it is none of them.
Error for_a_person(const S3Options& options, std::string_view code, const std::string& begin) {
  const auto denied = [&begin](std::string words) {
    return Error{Errc::permission_denied, begin + std::move(words)};
  };
  if (code == "SignatureDoesNotMatch")
    return denied(
        "the signature is wrong: s3.secret_access_key (AWS_SECRET_ACCESS_KEY) does not belong to "
        "s3.access_key_id, or a proxy changes requests on their way to s3.endpoint");
  if (code == "InvalidAccessKeyId")
    return denied("there is no such key: check s3.access_key_id (AWS_ACCESS_KEY_ID)");
  if (any_of(kToken, code))
    return denied(
        "the temporary keys are over or wrong: renew s3.session_token (AWS_SESSION_TOKEN) and the keys that "
        "go with it");
  if (code == "RequestTimeTooSkewed")
    return denied("the clock of this machine is more than 15 minutes off: set it, best by NTP");
  if (code == "NoSuchBucket")
    return {Errc::invalid_argument,
            fmt::format("{}there is no bucket '{}': check s3.bucket (AWS_S3_BUCKET)", begin, options.bucket)};
  if (code == "InvalidBucketName")
    return {
        Errc::invalid_argument,
        fmt::format("{}'{}' is no name of a bucket: check s3.bucket (AWS_S3_BUCKET)", begin, options.bucket)};
  return {};
}

}  // namespace

Error refusal(const S3Options& options, std::string_view doing, const net::Response& response) {
  const int status = response.status;
  std::string code;
  if (const auto text = element_text(response.body, "Code")) code = safe_word(options, *text);
  const std::string begin = fmt::format("S3, {}: ", doing);
  const std::string what = code.empty() ? fmt::format("status {}", status) : code;

  if (any_of(kNotThere, code) || (code.empty() && status == 404))
    return {Errc::not_found, fmt::format("{}it is not there ({})", begin, what)};
  const bool unable = status == 501;  // it does not know the operation, now and later
  if (any_of(kLater, code) || (status >= 500 && !unable) || status == 429 || status == 408)
    return {Errc::unavailable, fmt::format("{}the store asks to come back later ({})", begin, what)};
  if (any_of(kBeginAgain, code))
    return {Errc::conflict, fmt::format("{}the parts do not fit together ({})", begin, what)};
  const bool elsewhere =
      status == 301 || status == 307 ||
      (code.empty() && status == 400 && net::find_header(response.headers, "x-amz-bucket-region"));
  if (any_of(kRegion, code) || elsewhere) return wrong_region(options, response, begin);
  if (auto known = for_a_person(options, code, begin); known.code != Errc::internal) return known;
  if (status == 403 || status == 401 || code == "AccessDenied")
    return {
        Errc::permission_denied,
        fmt::format("{}refused ({}): s3.access_key_id (AWS_ACCESS_KEY_ID) and s3.secret_access_key may not "
                    "do this in the bucket '{}' (s3.bucket)",
                    begin, what, options.bucket)};
  const auto message = element_text(response.body, "Message");
  return {Errc::protocol,
          fmt::format("{}{} {}{}", begin, status, what,
                      message ? ": " + vendor::clean_detail(*message, options.secret_access_key) : "")};
}

}  // namespace parley::storage::s3

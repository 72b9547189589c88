#include "storage/s3/s3_upload.hpp"

#include <charconv>

#include <fmt/core.h>

#include "net/headers.hpp"
#include "net/http_client.hpp"
#include "net/url.hpp"
#include "storage/s3/xml_text.hpp"

namespace parley::storage::s3 {
namespace {

constexpr std::uint64_t kPartBytes = 5UL * 1024 * 1024;
constexpr int kMostParts = 10'000;
constexpr std::size_t kLongestToken = 4UL * 1024 * 1024;

}  // namespace

std::string upload_token(const UploadState& state) {
  std::string token = net::url_encode(state.id);
  for (const auto& [number, etag] : state.etags)
    token += fmt::format(" {}:{}", number, net::url_encode(etag));
  return token;
}

std::optional<UploadState> parse_upload_token(std::string_view token) {
  if (token.size() > kLongestToken) return std::nullopt;
  UploadState state;
  const auto blank = token.find(' ');
  state.id = net::percent_decode(token.substr(0, blank));
  if (state.id.empty()) return std::nullopt;
  std::string_view rest = blank == std::string_view::npos ? std::string_view() : token.substr(blank + 1);
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    int number = 0;
    const auto read = std::from_chars(part.data(), part.data() + part.size(), number);
    const auto used = static_cast<std::size_t>(read.ptr - part.data());
    const bool named = read.ec == std::errc() && used < part.size() && part[used] == ':';
    if (!named || number < 1 || number > kMostParts) return std::nullopt;
    state.etags[number] = net::percent_decode(part.substr(used + 1));
  }
  return state;
}

S3Upload::S3Upload(std::shared_ptr<S3Client> client, std::string key, UploadState state)
    : client_(std::move(client)), key_(std::move(key)), state_(std::move(state)) {}

std::uint64_t S3Upload::part_bytes() const {
  return kPartBytes;
}

S3Request S3Upload::request(std::string method) const {
  return {.method = std::move(method), .key = key_, .query = {{"uploadId", state_.id}}};
}

async::Task<Result<void>> S3Upload::put_part(int number, std::string bytes) {
  if (number < 1 || number > kMostParts)
    co_return fail(Errc::invalid_argument, fmt::format("parts are numbered from 1 to {}", kMostParts));
  S3Request put = request("PUT");
  put.query.emplace_back("partNumber", fmt::format("{}", number));
  put.body = std::move(bytes);
  const auto response = co_await client_->send(std::move(put), "put a part of a recording");
  if (!response) co_return fail(response.error());
  const auto etag = net::find_header(response->headers, "etag");
  if (!etag || etag->empty()) co_return fail(Errc::protocol, "S3, put a part of a recording: no ETag");
  state_.etags[number] = std::string(*etag);
  co_return Result<void>{};
}

async::Task<Result<void>> S3Upload::complete() {
  if (state_.etags.empty()) co_return fail(Errc::invalid_argument, "an upload without parts is no blob");
  S3Request post = request("POST");
  post.headers = {{"Content-Type", "application/xml"}};
  post.body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const auto& [number, etag] : state_.etags)
    post.body +=
        fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", number, escape_xml(etag));
  post.body += "</CompleteMultipartUpload>";
  const auto response = co_await client_->send(std::move(post), "complete a recording");
  if (!response) co_return fail(response.error());
  co_return Result<void>{};
}

async::Task<Result<void>> S3Upload::abort() {
  const auto response = co_await client_->send(request("DELETE"), "abort an upload");
  if (!response && response.error().code != Errc::not_found) co_return fail(response.error());
  co_return Result<void>{};
}

}  // namespace parley::storage::s3

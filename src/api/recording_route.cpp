// A call's recording: from the file while it is here, else from where it is stored.
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "api/byte_range.hpp"
#include "api/call_routes.hpp"
#include "api/handler_support.hpp"
#include "async/on_pool.hpp"
#include "base/file_descriptor.hpp"

namespace parley::api {
namespace {

using Dependencies = std::shared_ptr<const CallRoutesDependencies>;

constexpr std::uint64_t kPiece = 256 * 1024;
constexpr auto kLinkLasts = std::chrono::minutes(10);

// Where the sound is and how much of it.
struct Place {
  std::shared_ptr<FileDescriptor> file;  // nullptr: a blob
  std::string blob_key;
  std::uint64_t size = 0;
};

class FileSource final : public net::BodySource {
 public:
  FileSource(Dependencies d, Place place, std::uint64_t first, std::uint64_t end)
      : d_(std::move(d)), place_(std::move(place)), at_(first), end_(end) {}

  async::Task<Result<std::optional<std::string>>> next() override {
    if (at_ >= end_) co_return std::optional<std::string>();
    const std::uint64_t wanted = std::min(kPiece, end_ - at_);
    Result<std::string> piece;
    if (place_.file) {
      piece = co_await async::on_pool<std::string>(
          d_->executor, d_->pool,
          [file = place_.file, at = at_, wanted] { return read_at(file->get(), at, wanted); });
    } else {
      piece = co_await d_->blobs.get(place_.blob_key, {at_, at_ + wanted});
    }
    if (!piece) co_return fail(std::move(piece.error()));
    if (piece->empty()) co_return fail(Errc::io, "the recording is shorter than it was");
    at_ += piece->size();
    co_return std::move(*piece);
  }

 private:
  static Result<std::string> read_at(int descriptor, std::uint64_t at, std::uint64_t wanted) {
    std::string bytes(wanted, '\0');
    const ssize_t got = ::pread(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (got < 0) return fail(Errc::io, "the recording cannot be read");
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }

  Dependencies d_;
  Place place_;
  std::uint64_t at_;
  std::uint64_t end_;
};

Result<Place> open_file(const std::filesystem::path& path) {
  Place place;
  place.file = std::make_shared<FileDescriptor>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (place.file->get() < 0 || ::fstat(place.file->get(), &status) != 0)
    return fail(Errc::not_found, "the recording's file is not there");
  place.size = static_cast<std::uint64_t>(status.st_size);
  return place;
}

net::HttpResponse send(const Dependencies& d, const ApiRequest& request, const storage::CallSummary& call,
                       Place place) {
  net::HttpResponse response;
  const RangeVerdict range = parse_range(request.range, place.size);
  response.headers.emplace_back("Accept-Ranges", "bytes");
  if (range.kind == RangeVerdict::Kind::unsatisfiable) {
    Problem problem =
        validation_failed({{"/header/Range", fmt::format("the recording has {} bytes", place.size)}});
    problem.status = 416;
    problem.headers.emplace_back("Content-Range", fmt::format("bytes */{}", place.size));
    return to_response(problem);
  }
  if (range.kind == RangeVerdict::Kind::part) {
    response.status = 206;
    response.headers.emplace_back("Content-Range",
                                  fmt::format("bytes {}-{}/{}", range.first, range.end - 1, place.size));
  }
  response.content_type = "audio/wav";
  response.headers.emplace_back("Content-Disposition",
                                fmt::format("inline; filename=\"{}.wav\"", call.call.id));
  response.source_bytes = range.end - range.first;
  response.source = std::make_shared<FileSource>(d, std::move(place), range.first, range.end);
  return response;
}

async::Task<net::HttpResponse> get_recording(Dependencies d, std::shared_ptr<const ApiRequest> request) {
  auto call = co_await async::on_pool<storage::CallDetail>(d->executor, d->pool, [d, request] {
    return d->calls.find_call(request->id("callId"), request->workspace());
  });
  if (!call) co_return to_response(find_problem("call", call.error()));
  const storage::CallSummary& summary = call->summary;
  if (summary.call.id != request->id("callId")) co_return to_response(not_found("no such call"));
  if (!summary.recording) co_return to_response(not_found("this call has no recording"));

  if (!summary.recording->path.empty()) {
    auto place = co_await async::on_pool<Place>(
        d->executor, d->pool, [path = d->data_dir / summary.recording->path] { return open_file(path); });
    if (place) co_return send(d, *request, summary, std::move(*place));
  }
  const bool in_blobs = summary.blob && summary.blob->stored && summary.blob->kind == d->blobs.kind();
  if (!in_blobs) co_return to_response(not_found("the recording of this call lies on another node"));
  const std::string& key = summary.blob->key;
  if (query_value(*request, "redirect").value_or("true") == "true") {
    if (auto link = d->blobs.presigned_get(key, kLinkLasts, summary.call.id + ".wav")) {
      net::HttpResponse response;
      response.status = 302;
      response.content_type.clear();
      response.headers.emplace_back("Location", std::move(*link));
      co_return response;
    }
  }
  auto info = co_await d->blobs.head(key);
  if (!info) co_return to_response(find_problem("recording of this call in the store", info.error()));
  Place place;
  place.blob_key = key;
  place.size = info->size;
  co_return send(d, *request, summary, std::move(place));
}

}  // namespace

void add_recording_route(Api& api, CallRoutesDependencies dependencies) {
  const auto d = std::make_shared<const CallRoutesDependencies>(std::move(dependencies));
  api.on_stream("getRecording", [d](std::shared_ptr<const ApiRequest> request) {
    return get_recording(d, std::move(request));
  });
}

}  // namespace parley::api

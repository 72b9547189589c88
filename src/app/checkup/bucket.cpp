#include <exception>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "app/checkup/finding.hpp"
#include "base/ids.hpp"
#include "storage/s3/s3_blob_store.hpp"

namespace parley::app {
namespace {

constexpr std::string_view kText = "written by parley doctor, to be removed at once";

// What failed first. The blob is removed whatever happened to it in between.
async::Task<> try_blob(storage::BlobStore& store, std::string key, std::optional<Finding>& found) {
  const auto bad = [](std::string_view doing, const Error& error) {
    return Finding{"recordings", Health::bad, fmt::format("{} the bucket failed: {}", doing, error.message)};
  };
  const auto put = co_await store.put(key, std::string(kText), "text/plain");
  if (!put) {
    found = bad("writing to", put.error());
    co_return;
  }
  std::optional<Finding> wrong;
  const auto info = co_await store.head(key);
  if (!info) wrong = bad("looking into", info.error());
  if (!wrong) {
    const auto text = co_await store.get(key, {.first = 0, .end = kText.size()});
    if (!text) {
      wrong = bad("reading from", text.error());
    } else if (*text != kText) {
      wrong = Finding{"recordings", Health::bad,
                      "the bucket gives back something else than was put there: S3_ENDPOINT is not S3"};
    }
  }
  const auto removed = co_await store.remove(key);
  if (!removed && !wrong) wrong = bad("removing from", removed.error());
  found = wrong.value_or(Finding{"recordings", Health::good, "the bucket can be written, read and cleared"});
}

}  // namespace

Findings check_bucket(const settings::Settings& settings, const Clock& clock) {
  if (settings.s3.bucket.empty())
    return {{"recordings", Health::good, fmt::format("are files in {}/recordings", settings.data_dir)}};
  async::asio::io_context context(1);
  auto store =
      storage::make_s3_blob_store(context.get_executor(), storage::s3::s3_options(settings.s3), clock);
  if (!store) return {{"recordings", Health::bad, store.error().message}};
  const std::string prefix = settings.s3.prefix.empty() ? "" : settings.s3.prefix + "/";
  std::optional<Finding> found;
  async::asio::co_spawn(context, try_blob(**store, prefix + "doctor/" + make_id() + ".txt", found),
                        [](std::exception_ptr error) {
                          if (error) std::rethrow_exception(error);
                        });
  // Not until the context has nothing to do: connections rest in it.
  while (!found)
    context.run_one();
  return {std::move(*found)};
}

}  // namespace parley::app

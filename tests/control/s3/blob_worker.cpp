// The server's way to S3 as a command, for tests that look at the store from the other side.
//
//   parley-blob-worker put KEY FILE | get KEY FIRST END | head KEY | remove KEY | upload KEY FILE
//                      presign KEY SECONDS [NAME] | record DIRECTORY PATH
//
// The store is what the environment's settings say (AWS_S3_BUCKET, S3_ENDPOINT …). `upload` puts parts, the
// first last, and prints a line for each; `record` is the uploader of recordings with a file that is
// finished, and tries until it is stored. The answer is one JSON object on stdout, the bytes of `get` in hex;
// failing is
// {"error":"…","code":"…"} and status 1.
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <unistd.h>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include "async/sleep.hpp"
#include "base/log.hpp"
#include "base/text_value.hpp"
#include "security/hash.hpp"
#include "settings/settings.hpp"
#include "storage/blob_files.hpp"
#include "storage/recording_uploader.hpp"
#include "storage/s3/s3_blob_store.hpp"
#include "storage/tests/fake_call_store.hpp"

namespace parley {
namespace {

namespace json = boost::json;
using async::Task;
using storage::BlobStore;
using namespace std::chrono_literals;

constexpr std::uint64_t kAll = 256UL * 1024 * 1024;

using Answer = Result<json::object>;

void print(const json::object& line) {
  std::cout << json::serialize(line) << std::endl;
}

Task<Answer> upload(BlobStore& store, std::string key, std::string bytes) {
  auto begun = co_await store.start_upload(key, "audio/wav");
  if (!begun) co_return fail(begun.error());
  const std::uint64_t part = (*begun)->part_bytes();
  const auto parts = static_cast<int>((bytes.size() + part - 1) / part);
  for (int number = 2; number <= parts + 1; ++number) {
    const int wanted = number > parts ? 1 : number;
    // Another object for each part: the way another process would go on.
    auto resumed = co_await store.resume_upload(key, (*begun)->token());
    if (!resumed) co_return fail(resumed.error());
    *begun = std::move(*resumed);
    const auto put =
        co_await (*begun)->put_part(wanted, bytes.substr(static_cast<std::size_t>(wanted - 1) * part, part));
    if (!put) co_return fail(put.error());
    print({{"part", wanted}});
  }
  const auto completed = co_await (*begun)->complete();
  if (!completed) co_return fail(completed.error());
  co_return json::object{{"parts", parts}};
}

Task<Answer> record(async::Executor executor, BlobStore& store, std::string directory, std::string path,
                    std::string prefix) {
  storage::FakeCallStore calls;
  metrics::Registry registry;
  async::BlockingPool pool({.name = "files", .threads = 2, .queue_limit = 64});
  storage::UploaderOptions options;
  options.data_dir = directory;
  options.prefix = prefix;
  options.first_retry = 50ms;
  options.longest_retry = 200ms;
  storage::RecordingUploader uploader(executor, store, calls, pool, registry, options);
  calls.put_recording({"c1", path, 1000, true});
  uploader.recording_finished("c1", "w1", path, 1000);
  std::string token;
  std::int64_t bytes = 0;
  for (;;) {
    const auto row = calls.row("c1");
    if (row && row->blob && row->blob->stored && row->recording.path.empty()) break;
    if (row && row->blob && row->blob->bytes != bytes) {
      bytes = row->blob->bytes;
      print({{"uploaded", bytes}});
    }
    co_await async::sleep_for(executor, 2ms);
  }
  co_await uploader.stop();
  const auto failed = registry.counter("parley_recording_uploads_total", "", {{"result", "failed"}}).value();
  co_return json::object{{"key", calls.row("c1")->blob->key}, {"failed", failed}};
}

Result<std::string> file_text(const std::string& path) {
  return storage::blob_files::read_range(path, {.first = 0, .end = kAll});
}

Task<Answer> put(BlobStore& store, std::string key, std::string file) {
  auto bytes = file_text(file);
  if (!bytes) co_return fail(bytes.error());
  const auto done = co_await store.put(key, std::move(*bytes), "audio/wav");
  if (!done) co_return fail(done.error());
  co_return json::object{};
}

Task<Answer> get(BlobStore& store, std::string key, storage::ByteRange range) {
  const auto bytes = co_await store.get(key, range);
  if (!bytes) co_return fail(bytes.error());
  co_return json::object{{"hex", security::to_hex(*bytes)}};
}

Task<Answer> head(BlobStore& store, std::string key) {
  const auto info = co_await store.head(key);
  if (!info) co_return fail(info.error());
  co_return json::object{{"size", info->size}, {"etag", info->etag}};
}

Task<Answer> remove(BlobStore& store, std::string key) {
  const auto done = co_await store.remove(key);
  if (!done) co_return fail(done.error());
  co_return json::object{};
}

Task<Answer> upload_file(BlobStore& store, std::string key, std::string file) {
  auto bytes = file_text(file);
  if (!bytes) co_return fail(bytes.error());
  co_return co_await upload(store, key, std::move(*bytes));
}

Answer presign(BlobStore& store, const std::vector<std::string>& words) {
  const auto seconds = parse_integer(words[2]);
  const auto url = store.presigned_get(words[1], std::chrono::seconds(seconds.value_or(60)),
                                       words.size() > 3 ? words[3] : std::string());
  if (!url) return fail(Errc::invalid_argument, "there is no such address");
  return json::object{{"url", *url}};
}

Task<Answer> run(async::Executor executor, BlobStore& store, const settings::Settings& settings,
                 std::vector<std::string> words) {
  const std::string& what = words[0];
  const std::size_t count = words.size() - 1;
  if (what == "put" && count == 2) co_return co_await put(store, words[1], words[2]);
  if (what == "upload" && count == 2) co_return co_await upload_file(store, words[1], words[2]);
  if (what == "head" && count == 1) co_return co_await head(store, words[1]);
  if (what == "remove" && count == 1) co_return co_await remove(store, words[1]);
  if (what == "presign" && count >= 2) co_return presign(store, words);
  if (what == "record" && count == 2)
    co_return co_await record(executor, store, words[1], words[2], settings.s3.prefix);
  if (what == "get" && count == 3) {
    const auto number = [&](std::size_t at) {
      return static_cast<std::uint64_t>(parse_integer(words[at]).value_or(0));
    };
    co_return co_await get(store, words[1], {.first = number(2), .end = number(3)});
  }
  co_return fail(Errc::invalid_argument, "no such command");
}

int main_of(std::vector<std::string> words) {
  log::init(log::Level::warn, false);
  settings::Sources sources;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      sources.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  Answer answer = fail(Errc::invalid_argument, "a command is needed");
  const auto loaded = settings::resolve(sources);
  if (!loaded) answer = fail(loaded.error());
  if (loaded && !words.empty()) {
    boost::asio::io_context context(1);
    auto store =
        storage::make_s3_blob_store(context.get_executor(), storage::s3::s3_options(loaded->settings.s3));
    if (!store) {
      answer = fail(store.error());
    } else {
      boost::asio::co_spawn(context, run(context.get_executor(), **store, loaded->settings, std::move(words)),
                            [&](std::exception_ptr thrown, Answer made) {
                              if (thrown) std::terminate();
                              answer = std::move(made);
                              context.stop();
                            });
      context.run();
    }
  }
  if (answer) {
    print(*answer);
    return EXIT_SUCCESS;
  }
  print({{"error", answer.error().message}, {"code", to_string(answer.error().code)}});
  return EXIT_FAILURE;
}

}  // namespace
}  // namespace parley

int main(int count, char** words) {
  return parley::main_of(std::vector<std::string>(words + 1, words + count));
}

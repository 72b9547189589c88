#include "control/retention.hpp"

#include <algorithm>

#include "async/on_pool.hpp"
#include "async/sleep.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"

namespace parley::control {
namespace {

using namespace std::chrono_literals;
using storage::RemovedRecording;
using storage::WallMillis;

const log::Logger kLog("control");
constexpr WallMillis kDay = 24LL * 3'600'000;

// A path from the database stays within the data directory, whatever it says.
bool is_within(const std::filesystem::path& path) {
  return !path.empty() && path.is_relative() &&
         std::ranges::none_of(path, [](const auto& part) { return part == ".."; });
}

Result<void> delete_file(const std::filesystem::path& directory, const std::string& relative) {
  if (relative.empty()) return {};
  if (!is_within(relative))
    return fail(Errc::invalid_argument, "a recording's path leaves the data directory");
  std::error_code ec;
  std::filesystem::remove(directory / relative, ec);
  if (ec) return fail(Errc::io, ec.message());
  return {};
}

// What remove_older() would still find; it gives back only calls that had a recording.
Result<bool> has_calls_before(storage::CallStore& calls, const std::string& workspace, WallMillis before) {
  using storage::CallStatus;
  for (const auto status : {CallStatus::completed, CallStatus::failed, CallStatus::interrupted}) {
    storage::CallFilter filter;
    filter.workspace = workspace;
    filter.status = status;
    filter.before = before;
    filter.limit = 1;
    const auto found = calls.list_calls(filter);
    if (!found) return fail(found.error());
    if (!found->empty()) return true;
  }
  return false;
}

// Sessions that began more than a day ago have been seen by former sweeps; an older one that still goes on
// ends when somebody writes in it.
Result<void> end_idle_chats(storage::ControlStore& store, const std::string& workspace, WallMillis now,
                            WallMillis idle) {
  constexpr int kPage = 200;
  constexpr int kMostPages = 500;
  storage::Page page{.limit = kPage};
  for (int i = 0; i < kMostPages; ++i) {
    const auto sessions = store.list_sessions(workspace, "chat", page);
    if (!sessions) return fail(sessions.error());
    for (const auto& session : *sessions) {
      if (session.ended || now - session.updated_at <= idle) continue;
      auto ended = store.end_session(workspace, session.id, now);
      if (!ended && ended.error().code != Errc::not_found) return ended;
    }
    if (std::ssize(*sessions) < kPage || sessions->back().created_at < now - idle - kDay) return {};
    page.after = sessions->back().id;
  }
  return {};
}

}  // namespace

Retention::Retention(Dependencies dependencies, RetentionOptions options)
    : d_(std::move(dependencies)),
      options_(options),
      pending_(d_.store),
      group_(d_.executor, [](const std::exception_ptr&) { kLog.error("retention: a task failed"); }) {}

void Retention::start() {
  group_.spawn(run());
}

async::Task<> Retention::stop() {
  group_.cancel();
  co_await group_.join();
}

WallMillis Retention::now() const {
  return now_millis(d_.clock);
}

async::Task<> Retention::run() {
  co_await async::sleep_for(d_.executor, options_.first);
  while (true) {
    const auto swept = co_await sweep();
    if (!swept) kLog.warn("retention: {}", describe(swept.error()));
    if (swept && (swept->recordings > 0 || swept->chats > 0 || swept->waiting > 0))
      kLog.info("retention: removed recordings={} chats={} waiting={}", swept->recordings, swept->chats,
                swept->waiting);
    co_await async::sleep_for(d_.executor, options_.period);
  }
}

async::Task<Result<RemovalReport>> Retention::sweep() {
  RemovalReport report;
  // First what waits: as long as too much does, nothing is added.
  report.waiting = co_await delete_pending();
  auto workspaces = co_await async::on_pool<std::vector<storage::WorkspaceRecord>>(
      d_.executor, d_.pool, [this] { return d_.store.list_workspaces(); });
  if (!workspaces) co_return fail(std::move(workspaces.error()));
  for (auto& workspace : *workspaces) {
    const std::string id = workspace.id;
    const auto swept = co_await sweep_workspace(std::move(workspace), report);
    if (!swept) kLog.warn("retention: workspace {}: {}", id, describe(swept.error()));
  }
  auto swept =
      co_await async::on_pool<void>(d_.executor, d_.pool, [this, at = now()] { return d_.store.sweep(at); });
  if (!swept) co_return fail(std::move(swept.error()));
  report.waiting = co_await delete_pending();
  co_return report;
}

async::Task<Result<void>> Retention::sweep_workspace(storage::WorkspaceRecord workspace,
                                                     RemovalReport& report) {
  const auto settings = parse_workspace_settings(workspace.settings);
  if (!settings) co_return fail(settings.error());
  const auto& kept = settings->retention;
  if (kept.calls_days > 0) {
    auto done = co_await remove_older(workspace.id, kept.calls_days, false, report);
    if (!done) co_return done;
  }
  if (kept.recordings_days > 0) {
    auto done = co_await remove_older(workspace.id, kept.recordings_days, true, report);
    if (!done) co_return done;
  }
  co_return co_await clear_chats(workspace.id, settings->chats.min_messages, report);
}

async::Task<Result<void>> Retention::remove_older(std::string workspace, int days, bool only_recordings,
                                                  RemovalReport& report) {
  const WallMillis before = now() - days * kDay;
  for (int i = 0; i < options_.most_batches && report.waiting < static_cast<int>(PendingRemovals::kMost);
       ++i) {
    const auto removed = co_await remove_rows([this, workspace, before, only_recordings] {
      return d_.calls.remove_older(workspace, before, only_recordings, options_.batch);
    });
    if (!removed) co_return fail(removed.error());
    report.recordings += static_cast<int>(removed->size());
    if (!removed->empty()) report.waiting = co_await delete_pending();
    if (only_recordings && std::ssize(*removed) < options_.batch) co_return Result<void>();
    if (only_recordings) continue;
    const auto more = co_await async::on_pool<bool>(d_.executor, d_.pool, [this, workspace, before] {
      return has_calls_before(d_.calls, workspace, before);
    });
    if (!more) co_return fail(more.error());
    if (!*more) co_return Result<void>();
  }
  co_return Result<void>();
}

async::Task<Result<void>> Retention::clear_chats(std::string workspace, int min_messages,
                                                 RemovalReport& report) {
  const auto deleted = co_await async::on_pool<int>(
      d_.executor, d_.pool,
      [this, workspace, min_messages, at = now(), idle = options_.chat_idle.count()]() -> Result<int> {
        if (auto ended = end_idle_chats(d_.store, workspace, at, idle); !ended) return fail(ended.error());
        if (min_messages == 0) return 0;
        return d_.store.delete_short_chats(workspace, min_messages - 1, at - idle);
      });
  if (!deleted) co_return fail(deleted.error());
  report.chats += *deleted;
  co_return Result<void>();
}

async::Task<Result<RemovalReport>> Retention::remove_caller(std::string workspace, std::string number) {
  RemovalReport report;
  const auto calls = std::make_shared<int>(0);
  const auto removed = co_await remove_rows(
      [this, workspace, number, calls] { return d_.calls.remove_caller(workspace, number, calls.get()); });
  if (!removed) co_return fail(removed.error());
  report.calls = *calls;
  report.recordings = static_cast<int>(removed->size());
  report.waiting = co_await delete_pending();
  co_return report;
}

async::Task<Result<RemovalReport>> Retention::remove_call(std::string workspace, std::string id) {
  RemovalReport report;
  const auto removed =
      co_await remove_rows([this, workspace, id] { return d_.calls.remove_call(workspace, id); });
  if (!removed) co_return fail(removed.error());
  report.calls = 1;
  report.recordings = static_cast<int>(removed->size());
  report.waiting = co_await delete_pending();
  co_return report;
}

async::Task<Result<Retention::Removed>> Retention::remove_rows(std::function<Result<Removed>()> work) {
  co_return co_await async::on_pool<Removed>(d_.executor, d_.pool, [this, work]() -> Result<Removed> {
    auto removed = work();
    if (!removed) return removed;
    if (const auto noted = pending_.add(*removed); !noted) {
      // The rows are gone: these names are the last that is known of what is still there.
      for (const RemovedRecording& one : *removed)
        kLog.error("retention: to be deleted by hand: call={} path={} {} key={}", one.call_id, one.path,
                   one.blob_kind, one.blob_key);
    }
    return removed;
  });
}

async::Task<int> Retention::delete_pending() {
  const auto pending =
      co_await async::on_pool<Removed>(d_.executor, d_.pool, [this] { return pending_.list(); });
  if (!pending) {
    kLog.warn("retention: {}", describe(pending.error()));
    co_return 0;
  }
  Removed done;
  for (std::size_t i = 0; i < pending->size(); ++i) {
    const bool deleted = co_await delete_outside((*pending)[i]);
    if (deleted) done.push_back((*pending)[i]);
  }
  const int waiting = static_cast<int>(pending->size() - done.size());
  const auto noted = co_await async::on_pool<void>(
      d_.executor, d_.pool, [this, done = std::move(done)] { return pending_.forget(done); });
  if (!noted) kLog.warn("retention: {}", describe(noted.error()));
  co_return waiting;
}

async::Task<bool> Retention::delete_outside(RemovedRecording removed) {
  const bool a_file = removed.blob_kind == "files";
  const auto files =
      co_await async::on_pool<void>(d_.executor, d_.pool,
                                    [directory = d_.data_dir, path = removed.path,
                                     also = a_file ? removed.blob_key : ""]() -> Result<void> {
                                      if (auto deleted = delete_file(directory, path); !deleted)
                                        return deleted;
                                      return also == path ? Result<void>() : delete_file(directory, also);
                                    });
  if (!files) kLog.warn("retention: the recording of call {}: {}", removed.call_id, describe(files.error()));
  // A path that is refused will be refused again: nothing of ours is there.
  const bool file_gone = files || files.error().code == Errc::invalid_argument;
  if (removed.blob_key.empty() || a_file) co_return file_gone;
  if (removed.blob_kind != d_.blobs.kind()) {
    kLog.warn("retention: the recording of call {} is in a store of kind '{}', which is not configured",
              removed.call_id, removed.blob_kind);
    co_return false;
  }
  const auto blob = co_await d_.blobs.remove(removed.blob_key);
  if (!blob) kLog.warn("retention: the recording of call {}: {}", removed.call_id, describe(blob.error()));
  co_return file_gone&& blob.has_value();
}

}  // namespace parley::control

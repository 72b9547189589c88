// What is not kept: recordings and calls past their days, chats too short to keep, rows nobody needs; and,
// when somebody asks for it, everything of one caller. Rows go first, then files and blobs: what cannot be
// deleted there yet is in PendingRemovals and tried again by every sweep.
//
// Thread: everything on the executor's. Lifetime: what is in Dependencies outlives it; stop() is awaited
// before destruction.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "async/blocking_pool.hpp"
#include "async/task_group.hpp"
#include "base/clock.hpp"
#include "control/pending_removals.hpp"
#include "control/workspace_settings.hpp"
#include "storage/blob_store.hpp"
#include "storage/call_store.hpp"
#include "storage/control_store.hpp"

namespace parley::control {

struct RetentionOptions {
  std::chrono::milliseconds first{60'000};  // after the start
  std::chrono::milliseconds period{3'600'000};
  std::chrono::milliseconds chat_idle{30 * 60'000};  // then a chat has ended
  int batch = 200;                                   // calls in one transaction
  int most_batches = 500;                            // of one workspace in one sweep
};

struct RemovalReport {
  int calls = 0;       // known for one caller or call only
  int recordings = 0;  // rows that had one
  int chats = 0;
  int waiting = 0;  // files and blobs that could not be deleted yet
};

class Retention {
 public:
  struct Dependencies {
    async::Executor executor;
    async::BlockingPool& pool;
    const Clock& clock;
    storage::CallStore& calls;
    storage::ControlStore& store;
    storage::BlobStore& blobs;
    std::filesystem::path data_dir;
  };

  explicit Retention(Dependencies dependencies, RetentionOptions options = {});

  void start();
  async::Task<> stop();

  // One round over all workspaces; one that fails is logged and does not keep the others waiting.
  async::Task<Result<RemovalReport>> sweep();
  // Calls in progress stay. Errors: of the call log; once its rows are gone, nothing fails any more.
  async::Task<Result<RemovalReport>> remove_caller(std::string workspace, std::string number);
  async::Task<Result<RemovalReport>> remove_call(std::string workspace, std::string id);

 private:
  using Removed = std::vector<storage::RemovedRecording>;

  storage::WallMillis now() const;
  async::Task<> run();
  async::Task<Result<void>> sweep_workspace(storage::WorkspaceRecord workspace, RemovalReport& report);
  async::Task<Result<void>> remove_older(std::string workspace, int days, bool only_recordings,
                                         RemovalReport& report);
  async::Task<Result<void>> clear_chats(std::string workspace, int min_messages, RemovalReport& report);
  // Runs it on the pool; what it gives is deleted outside.
  async::Task<Result<Removed>> remove_rows(std::function<Result<Removed>()> work);
  async::Task<int> delete_pending();
  async::Task<bool> delete_outside(storage::RemovedRecording removed);

  Dependencies d_;
  const RetentionOptions options_;
  PendingRemovals pending_;
  async::TaskGroup group_;
};

}  // namespace parley::control

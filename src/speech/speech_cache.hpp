// Sentences that voices have spoken, so that they are not asked for twice: the latest in memory, many more in
// files that outlast the server. What goes wrong with a file is counted and is otherwise as if it had never
// been there.
//
// Invariants
//  1. Nothing here waits for the disk: reads and writes are jobs of the pool.
//  2. A file is whole or not there: it is written under another name first, and checked when it is read.
//  3. Files together stay below the limit; those not used for the longest time go first.
// Thread: any. Lifetime: pool and registry outlive it, and the registry outlives the pool; jobs of the pool
// may still run when it is gone.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "async/blocking_pool.hpp"
#include "base/clock.hpp"
#include "speech/probe.hpp"

namespace parley::speech {

class SpeechCache {
 public:
  using Audio = std::shared_ptr<const std::vector<std::int16_t>>;  // never empty

  struct Options {
    std::filesystem::path directory;  // made when it is not there; files of other names in it are left alone
    std::size_t disk_bytes = 256UL * 1024 * 1024;  // 0: no files at all
    std::size_t memory_bytes = 16UL * 1024 * 1024;
  };

  // Begins to look what is there, on the pool.
  SpeechCache(Options options, async::BlockingPool& pool, metrics::Registry& registry,
              const Clock& clock = system_clock());
  ~SpeechCache();
  SpeechCache(const SpeechCache&) = delete;
  SpeechCache& operator=(const SpeechCache&) = delete;

  struct Found {
    Audio audio;           // at once, or
    bool on_disk = false;  // fetch() probably has it
  };
  // `key`: everything that the sound depends on.
  Found find(std::string_view key);
  // `done` is called once, on a thread of the pool; with nullptr when there is no such sentence. False: the
  // pool takes no more work, and it is not called.
  bool fetch(std::string key, std::function<void(Audio)> done);
  // A whole sentence. Too long ones are not kept. Without `in_files` it is in memory only, which forgets it
  // soon: what one caller is told cannot be found again in a file when that caller's data is removed.
  void put(std::string key, std::vector<std::int16_t> audio, bool in_files = true);

  SpeechCacheProbe& probe();

 private:
  struct Shelf;
  std::shared_ptr<Shelf> shelf_;
  async::BlockingPool& pool_;
};

}  // namespace parley::speech

// The speech cache's part on disk: one file a sentence, and which of them there are.
//
// Thread: find functions from any, those that touch the disk from any that may block. None fails: what cannot
// be read is not there, what cannot be written is not kept; both are counted.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/thread_annotations.hpp"
#include "speech/least_recently_used.hpp"
#include "speech/probe.hpp"

namespace parley::speech {

class SpeechFiles {
 public:
  // Everything outlives it. `max_bytes` 0: there are none, and none are made.
  SpeechFiles(std::filesystem::path directory, std::size_t max_bytes, SpeechCacheProbe& probe,
              const Clock& clock);

  bool enabled() const { return max_bytes_ > 0; }
  // Until load() is done every file may be there.
  bool may_have(const StableHash& name) const;
  // Counts as a use; true: touch() it now and then, so that the next start knows of it.
  bool use(const StableHash& name);

  // These block.
  void load();  // once
  void touch(const StableHash& name);
  std::optional<std::vector<std::int16_t>> read(const StableHash& name, std::string_view key);
  void write(const StableHash& name, std::string_view key, std::span<const std::int16_t> audio);

 private:
  struct File {
    SteadyTime touched;  // when its time was last set by this process
  };

  std::filesystem::path path_of(const StableHash& name) const;
  void forget(const StableHash& name);
  void make_room(std::size_t bytes);
  void note_write_error(const char* what, int error);

  const std::filesystem::path directory_;
  const std::size_t max_bytes_;
  SpeechCacheProbe& probe_;
  const Clock& clock_;
  mutable Mutex mutex_;
  LeastRecentlyUsed<File> files_ PARLEY_GUARDED_BY(mutex_);
  bool loaded_ PARLEY_GUARDED_BY(mutex_) = false;
  bool complained_ PARLEY_GUARDED_BY(mutex_) = false;
};

}  // namespace parley::speech

#include "speech/speech_cache.hpp"

#include <atomic>

#include "base/thread_annotations.hpp"
#include "speech/speech_files.hpp"

namespace parley::speech {
namespace {

// Sentences that wait for the disk; more are not kept, so that a disk that hangs holds no more than these.
constexpr int kMostWaitingWrites = 64;

struct Spoken {
  std::string key;
  SpeechCache::Audio audio;
};

}  // namespace

// Shared with the jobs on the pool, which may outlive the cache.
struct SpeechCache::Shelf {
  Shelf(Options options, metrics::Registry& registry, const Clock& clock)
      : max_memory_bytes(options.memory_bytes),
        probe(registry),
        files(std::move(options.directory), options.disk_bytes, probe, clock) {}

  Audio find(const StableHash& name, std::string_view key) {
    const MutexLock lock(mutex);
    const Spoken* const spoken = memory.use(name);
    return spoken != nullptr && spoken->key == key ? spoken->audio : nullptr;
  }

  void keep(const StableHash& name, std::string key, Audio audio) {
    const std::size_t bytes = key.size() + audio->size() * sizeof(std::int16_t);
    if (bytes > max_memory_bytes) return;
    const MutexLock lock(mutex);
    memory.put({name, bytes, {std::move(key), std::move(audio)}});
    while (memory.bytes() > max_memory_bytes)
      memory.pop();
    probe.memory_bytes.set(static_cast<double>(memory.bytes()));
  }

  const std::size_t max_memory_bytes;
  SpeechCacheProbe probe;
  SpeechFiles files;
  std::atomic<int> waiting_writes{0};
  Mutex mutex;
  LeastRecentlyUsed<Spoken> memory PARLEY_GUARDED_BY(mutex);
};

SpeechCache::SpeechCache(Options options, async::BlockingPool& pool, metrics::Registry& registry,
                         const Clock& clock)
    : shelf_(std::make_shared<Shelf>(std::move(options), registry, clock)), pool_(pool) {
  if (!shelf_->files.enabled()) return;
  const auto submitted = pool_.submit([shelf = shelf_](const auto&) { shelf->files.load(); });
  if (!submitted) shelf_->probe.refused.add();
}

SpeechCache::~SpeechCache() = default;

SpeechCache::Found SpeechCache::find(std::string_view key) {
  const StableHash name = stable_hash(key);
  if (auto audio = shelf_->find(name, key)) {
    if (shelf_->files.use(name)) {
      const auto submitted = pool_.submit([shelf = shelf_, name](const auto&) { shelf->files.touch(name); });
      if (!submitted) shelf_->probe.refused.add();
    }
    return {std::move(audio), false};
  }
  return {nullptr, shelf_->files.may_have(name)};
}

bool SpeechCache::fetch(std::string key, std::function<void(Audio)> done) {
  auto job = [shelf = shelf_, key = std::move(key), done = std::move(done)](const auto&) {
    const StableHash name = stable_hash(key);
    auto samples = shelf->files.read(name, key);
    if (!samples) return done(nullptr);
    if (shelf->files.use(name)) shelf->files.touch(name);
    auto audio = std::make_shared<const std::vector<std::int16_t>>(std::move(*samples));
    shelf->keep(name, key, audio);
    done(std::move(audio));
  };
  if (pool_.submit(std::move(job))) return true;
  shelf_->probe.refused.add();
  return false;
}

void SpeechCache::put(std::string key, std::vector<std::int16_t> samples, bool in_files) {
  if (!fits_entry(key, samples)) return;
  const StableHash name = stable_hash(key);
  auto audio = std::make_shared<const std::vector<std::int16_t>>(std::move(samples));
  shelf_->keep(name, key, audio);
  if (!in_files || !shelf_->files.enabled()) return;
  if (shelf_->waiting_writes.fetch_add(1) < kMostWaitingWrites) {
    auto job = [shelf = shelf_, name, key = std::move(key), audio = std::move(audio)](const auto&) {
      shelf->files.write(name, key, *audio);
      shelf->waiting_writes.fetch_sub(1);
    };
    if (pool_.submit(std::move(job))) return;
  }
  shelf_->waiting_writes.fetch_sub(1);
  shelf_->probe.refused.add();
}

SpeechCacheProbe& SpeechCache::probe() {
  return shelf_->probe;
}

}  // namespace parley::speech

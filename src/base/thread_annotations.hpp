// A mutex that clang's -Wthread-safety understands: members declared PARLEY_GUARDED_BY(mutex_) cannot be
// touched without the lock. The standard library's own mutex carries no annotations in libstdc++.
// https://releases.llvm.org/19.1.0/tools/clang/docs/ThreadSafetyAnalysis.html
#pragma once

#include <mutex>

#define PARLEY_GUARDED_BY(mutex) __attribute__((guarded_by(mutex)))
#define PARLEY_REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define PARLEY_EXCLUDES(...) __attribute__((locks_excluded(__VA_ARGS__)))

namespace parley {

// Waits go through std::condition_variable_any, which takes the Mutex itself.
class __attribute__((capability("mutex"))) Mutex {
 public:
  void lock() __attribute__((acquire_capability())) { mutex_.lock(); }
  void unlock() __attribute__((release_capability())) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class __attribute__((scoped_lockable)) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) __attribute__((acquire_capability(mutex))) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() __attribute__((release_capability())) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace parley

// Owned children: every coroutine belongs to a group; ending the group cancels and joins them.
//
// Invariants
//  1. A child runs on the group's executor only.
//  2. When join() returns, no child is running and none will resume.
//  3. A child that throws ends alone: the exception goes to the group's handler, siblings go on.
// Thread: all calls on the executor's thread. Lifetime: join before destruction (asserted).
#pragma once

#include <exception>
#include <functional>
#include <list>
#include <memory>

#include <boost/asio/cancellation_signal.hpp>

#include "async/task.hpp"

namespace parley::async {

class TaskGroup {
 public:
  using FailureHandler = std::function<void(std::exception_ptr)>;

  // `on_failure` gets what a child threw, cancellation excepted.
  TaskGroup(Executor executor, FailureHandler on_failure);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts the child at once, up to its first suspension. After cancel() the child is dropped unstarted.
  void spawn(Task<> child);

  // Asks every child to end at its next suspension (terminal cancellation). Children spawned later are
  // dropped.
  void cancel();

  // Waits until no child is left. A cancelled waiter goes on waiting: children must never outlive their
  // owner.
  Task<> join();

  std::size_t size() const { return children_.size(); }
  Executor executor() const { return executor_; }

 private:
  struct Child {
    asio::cancellation_signal signal;
  };

  Executor executor_;
  FailureHandler on_failure_;
  std::list<std::unique_ptr<Child>> children_;
  Timer idle_;  // never expires; cancelled when the last child ends
  bool cancelled_ = false;
};

}  // namespace parley::async

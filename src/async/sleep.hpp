// Waiting for time in a coroutine, where nothing else can end the wait but cancellation.
#pragma once

#include <chrono>

#include "async/task.hpp"

namespace parley::async {

// Ends early, without a word, when the awaiting coroutine is cancelled.
Task<> sleep_for(Executor executor, std::chrono::milliseconds time);

}  // namespace parley::async

// What the API measures, by operation. Thread: the control context.
#pragma once

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "api/openapi.hpp"
#include "base/metrics.hpp"

namespace parley::api {

class ApiProbe {
 public:
  ApiProbe(metrics::Registry& registry, const std::vector<Operation>& operations);

  static constexpr std::size_t kNoOperation = static_cast<std::size_t>(-1);
  // `operation`: its number; kNoOperation: none was found.
  void count(std::size_t operation, int status, std::chrono::nanoseconds took);

 private:
  struct Row {
    std::string name;
    std::array<metrics::Counter*, 5> by_class{};  // made when the first such answer is given
    metrics::Histogram* seconds = nullptr;
  };
  metrics::Registry& registry_;
  std::vector<Row> rows_;  // the last one: none
};

}  // namespace parley::api

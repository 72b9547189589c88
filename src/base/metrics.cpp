// prometheus-cpp is named in this file only: it holds our values as collectables and writes the text format.
#include "base/metrics.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <variant>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace parley::metrics {

Histogram::Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

void Histogram::observe(double value) {
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<double> latency_bounds_seconds() {
  return {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10};
}

struct Registry::Impl {
  struct Entry {
    std::string name;
    std::string help;
    Labels labels;
    std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::unique_ptr<Histogram>> value;
  };

  template <class T, class... A>
  T& find_or_make(std::string_view name, std::string_view help, const Labels& labels, A&&... args) {
    const std::scoped_lock lock(mutex);
    for (Entry& entry : entries) {
      if (entry.name == name && entry.labels == labels) return *std::get<std::unique_ptr<T>>(entry.value);
    }
    entries.push_back(
        Entry{std::string(name), std::string(help), labels, std::make_unique<T>(std::forward<A>(args)...)});
    return *std::get<std::unique_ptr<T>>(entries.back().value);
  }

  mutable std::mutex mutex;
  std::deque<Entry> entries;
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter& Registry::counter(std::string_view name, std::string_view help, const Labels& labels) {
  return impl_->find_or_make<Counter>(name, help, labels);
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  return impl_->find_or_make<Gauge>(name, help, labels);
}

Histogram& Registry::histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                               const Labels& labels) {
  return impl_->find_or_make<Histogram>(name, help, labels, std::move(bounds));
}

std::string Registry::expose() const {
  std::vector<prometheus::MetricFamily> families;
  const std::scoped_lock lock(impl_->mutex);
  for (const Impl::Entry& entry : impl_->entries) {
    auto family =
        std::find_if(families.begin(), families.end(), [&](const auto& f) { return f.name == entry.name; });
    if (family == families.end()) {
      prometheus::MetricFamily made;
      made.name = entry.name;
      made.help = entry.help;
      made.type =
          std::holds_alternative<std::unique_ptr<Counter>>(entry.value) ? prometheus::MetricType::Counter
          : std::holds_alternative<std::unique_ptr<Gauge>>(entry.value) ? prometheus::MetricType::Gauge
                                                                        : prometheus::MetricType::Histogram;
      family = families.insert(families.end(), std::move(made));
    }
    prometheus::ClientMetric metric;
    for (const auto& [name, value] : entry.labels)
      metric.label.push_back({name, value});
    if (const auto* counter = std::get_if<std::unique_ptr<Counter>>(&entry.value)) {
      metric.counter.value = static_cast<double>((*counter)->value());
    } else if (const auto* gauge = std::get_if<std::unique_ptr<Gauge>>(&entry.value)) {
      metric.gauge.value = (*gauge)->value();
    } else {
      const Histogram& histogram = *std::get<std::unique_ptr<Histogram>>(entry.value);
      std::uint64_t cumulative = 0;
      for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
        cumulative += histogram.bucket(i);
        const double bound =
            i < histogram.bounds().size() ? histogram.bounds()[i] : std::numeric_limits<double>::infinity();
        metric.histogram.bucket.push_back({cumulative, bound});
      }
      metric.histogram.sample_count = cumulative;
      metric.histogram.sample_sum = histogram.sum();
    }
    family->metric.push_back(std::move(metric));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace parley::metrics

// The price table in force: the one that was saved by the API, else the settings' file, else the bundled one.
// Calls take it as a snapshot when they begin.
//
// Thread: current() from any, without waiting; the others block (pool). Lifetime: the store outlives it.
#pragma once

#include <memory>
#include <string>

#include "base/thread_annotations.hpp"
#include "storage/control_store.hpp"
#include "vendor/price_table.hpp"

namespace parley::control {

class PriceBook {
 public:
  struct Text {
    std::string source;  // "bundled", "file" or "saved"
    std::string yaml;
    std::int64_t etag = 1;
  };

  // `standard` and its text are what stands when nothing was saved. A saved table that cannot be read (of
  // another version) is logged and passed over.
  PriceBook(storage::ControlStore& store, std::shared_ptr<const vendor::PriceTable> standard,
            Text standard_text);

  std::shared_ptr<const vendor::PriceTable> current() const;
  Result<Text> text();
  // Errc::invalid_argument: not a price table, all mistakes with their lines; conflict: `expected_etag` > 0
  // and not the present one.
  Result<Text> save(const std::string& yaml, std::int64_t expected_etag);
  Result<Text> reset();
  // What another node may have saved.
  Result<void> refresh();

 private:
  Result<Text> stored();
  Result<Text> write(const Text& text);
  void use(std::shared_ptr<const vendor::PriceTable> table);

  storage::ControlStore& store_;
  const std::shared_ptr<const vendor::PriceTable> standard_;
  const Text standard_text_;
  Mutex saving_;
  mutable Mutex mutex_;
  std::shared_ptr<const vendor::PriceTable> current_ PARLEY_GUARDED_BY(mutex_);
};

}  // namespace parley::control

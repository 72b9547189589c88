#include "control/price_book.hpp"

#include <boost/json.hpp>

#include "base/log.hpp"

namespace parley::control {
namespace {

namespace json = boost::json;

const log::Logger kLog("control");
const std::string kName = "prices";
constexpr std::string_view kSource = "prices";

}  // namespace

PriceBook::PriceBook(storage::ControlStore& store, std::shared_ptr<const vendor::PriceTable> standard,
                     Text standard_text)
    : store_(store),
      standard_(std::move(standard)),
      standard_text_(std::move(standard_text)),
      current_(standard_) {
  if (auto read = refresh(); !read) kLog.error("saved prices cannot be used: {}", read.error().message);
}

std::shared_ptr<const vendor::PriceTable> PriceBook::current() const {
  const MutexLock lock(mutex_);
  return current_;
}

void PriceBook::use(std::shared_ptr<const vendor::PriceTable> table) {
  const MutexLock lock(mutex_);
  current_ = std::move(table);
}

Result<PriceBook::Text> PriceBook::stored() {
  auto value = store_.find_instance_value(kName);
  if (!value) return fail(std::move(value.error()));
  if (!*value) return standard_text_;
  boost::system::error_code broken;
  const json::value parsed = json::parse(**value, broken);
  const json::object* object = broken ? nullptr : parsed.if_object();
  const json::value* etag = object == nullptr ? nullptr : object->if_contains("etag");
  const json::value* yaml = object == nullptr ? nullptr : object->if_contains("yaml");
  if (etag == nullptr || !etag->is_int64() || yaml == nullptr)
    return fail(Errc::internal, "the saved prices are not as this version writes them");
  // Reset: the standard ones, but the etag goes on.
  if (!yaml->is_string()) return Text{standard_text_.source, standard_text_.yaml, etag->get_int64()};
  return Text{"saved", std::string(yaml->get_string()), etag->get_int64()};
}

Result<void> PriceBook::refresh() {
  auto text = stored();
  if (!text) return fail(std::move(text.error()));
  if (text->source != "saved") {
    use(standard_);
    return {};
  }
  auto table = vendor::PriceTable::parse(text->yaml, kSource);
  if (!table) return fail(std::move(table.error()));
  use(std::move(*table));
  return {};
}

Result<PriceBook::Text> PriceBook::text() {
  return stored();
}

Result<PriceBook::Text> PriceBook::write(const Text& text) {
  json::object value{{"etag", text.etag}, {"yaml", nullptr}};
  if (text.source == "saved") value["yaml"] = text.yaml;
  if (auto put = store_.put_instance_value(kName, json::serialize(value)); !put)
    return fail(std::move(put.error()));
  return text;
}

Result<PriceBook::Text> PriceBook::save(const std::string& yaml, std::int64_t expected_etag) {
  auto table = vendor::PriceTable::parse(yaml, kSource);
  if (!table) return fail(std::move(table.error()));
  const MutexLock lock(saving_);
  auto present = stored();
  if (!present) return present;
  if (expected_etag > 0 && expected_etag != present->etag)
    return fail(Errc::conflict, "the prices were changed meanwhile: read them again");
  auto written = write({"saved", yaml, present->etag + 1});
  if (written) use(std::move(*table));
  return written;
}

Result<PriceBook::Text> PriceBook::reset() {
  const MutexLock lock(saving_);
  auto present = stored();
  if (!present) return present;
  auto written = write({standard_text_.source, standard_text_.yaml, present->etag + 1});
  if (written) use(standard_);
  return written;
}

}  // namespace parley::control

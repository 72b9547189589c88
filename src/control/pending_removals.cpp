#include "control/pending_removals.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "vendor/json.hpp"

namespace parley::control {
namespace {

namespace json = boost::json;
using storage::RemovedRecording;

constexpr const char* kName = "pending_removals";

bool same(const RemovedRecording& a, const RemovedRecording& b) {
  return a.call_id == b.call_id && a.path == b.path && a.blob_kind == b.blob_kind && a.blob_key == b.blob_key;
}

bool holds(const std::vector<RemovedRecording>& all, const RemovedRecording& one) {
  return std::ranges::any_of(all, [&](const auto& other) { return same(other, one); });
}

}  // namespace

Result<std::vector<RemovedRecording>> PendingRemovals::list() {
  const auto value = store_.find_instance_value(kName);
  if (!value) return fail(value.error());
  std::vector<RemovedRecording> all;
  if (!*value) return all;
  boost::system::error_code ec;
  const json::value parsed = json::parse(**value, ec);
  const json::array* array = ec ? nullptr : parsed.if_array();
  if (array == nullptr) return fail(Errc::internal, "the list of pending removals cannot be read");
  for (const json::value& entry : *array) {
    const json::object* object = entry.if_object();
    if (object == nullptr) continue;
    const auto text = [&](std::string_view name) {
      return std::string(vendor::string_member(*object, name));
    };
    all.push_back({text("callId"), text("path"), text("blobKind"), text("blobKey")});
  }
  return all;
}

Result<void> PendingRemovals::write(const std::vector<RemovedRecording>& all) {
  json::array array;
  for (const auto& one : all) {
    array.push_back(json::object{
        {"callId", one.call_id}, {"path", one.path}, {"blobKind", one.blob_kind}, {"blobKey", one.blob_key}});
  }
  return store_.put_instance_value(kName, json::serialize(array));
}

Result<void> PendingRemovals::add(const std::vector<RemovedRecording>& removed) {
  if (removed.empty()) return {};
  MutexLock lock(changing_);
  auto all = list();
  if (!all) return fail(std::move(all.error()));
  for (const auto& one : removed)
    if (!holds(*all, one)) all->push_back(one);
  return write(*all);
}

Result<void> PendingRemovals::forget(const std::vector<RemovedRecording>& done) {
  if (done.empty()) return {};
  MutexLock lock(changing_);
  auto all = list();
  if (!all) return fail(std::move(all.error()));
  std::erase_if(*all, [&](const auto& one) { return holds(done, one); });
  return write(*all);
}

}  // namespace parley::control

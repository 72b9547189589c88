// Exotel's REST answers under any bytes, through every reader: no crash, ids that are ids, errors with words.
#include <cstdlib>
#include <string_view>

#include "carrier/exotel/exotel_messages.hpp"
#include "carrier/exotel/exotel_words.hpp"

namespace {

void check(const parley::carrier::CallReport& report) {
  if (!parley::carrier::exotel::is_call_id(report.carrier_call_id)) std::abort();
  if (report.seconds && *report.seconds < 0) std::abort();
  if (report.legs.size() > 10) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::carrier::exotel;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto call = read_call(body);
  if (call) {
    check(*call);
    if (read_exception(body)) std::abort();
  } else if (call.error().message.empty()) {
    std::abort();
  }
  if (const auto page = read_calls(body)) {
    for (const auto& listed : page->calls)
      check(listed);
  }
  (void)read_numbers(body);
  (void)read_active_streams(body);
  return 0;
}

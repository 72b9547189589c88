// Exotel's callbacks under any bytes, as a query and as JSON, from the wire to what they say.
#include <cstdlib>
#include <string_view>

#include "carrier/exotel/exotel_callbacks.hpp"
#include "carrier/exotel/exotel_words.hpp"
#include "carrier/fields.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::carrier;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool is_json = text.starts_with('{');
  const auto fields =
      is_json ? read_fields("POST", "", "application/json", text) : read_fields("GET", text, "", "");
  if (!fields) return 0;
  const auto report = exotel::read_report(*fields);
  const auto notice = exotel::read_notice(*fields);
  if (report.has_value() != notice.has_value()) std::abort();
  if (report) {
    if (!exotel::is_call_id(report->carrier_call_id)) std::abort();
    if (report->carrier_call_id != notice->carrier_call_id) std::abort();
    if (report->legs.size() > 10) std::abort();
    if (notice->digits.contains('"')) std::abort();
  }
  if (const auto stream = exotel::read_stream_report(*fields)) {
    if (stream->seconds && *stream->seconds < 0) std::abort();
  }
  return 0;
}

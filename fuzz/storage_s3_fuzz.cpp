// What a store answers and what a row says of an upload, under any bytes: short texts, valid keys, tokens
// that read back.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "storage/s3/s3_error.hpp"
#include "storage/s3/s3_upload.hpp"
#include "storage/s3/xml_text.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::storage::s3;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);

  (void)root_element(bytes);
  for (const char* name : {"Code", "UploadId", "", "a"}) {
    if (const auto text = element_text(bytes, name)) require(text->size() <= 8 * 1024);
  }
  require(element_text("<t>" + escape_xml(bytes.substr(0, 1000)) + "</t>", "t") == bytes.substr(0, 1000));

  S3Options options;
  options.bucket = "calls";
  options.secret_access_key = "Pa55w0rdOfAStore";
  parley::net::Response response;
  response.status = size == 0 ? 400 : 300 + data[0];
  response.headers = {{"x-amz-bucket-region", std::string(bytes.substr(0, 40))}};
  response.body = std::string(bytes) + options.secret_access_key;
  const auto error = refusal(options, "put", response);
  require(!error.message.empty() && error.message.size() < 600);
  require(error.message.find(options.secret_access_key) == std::string::npos);
  require(error.message.find('\n') == std::string::npos);

  if (const auto state = parse_upload_token(bytes)) {
    const auto again = parse_upload_token(upload_token(*state));
    require(again && again->id == state->id && again->etags == state->etags);
  }
  return 0;
}

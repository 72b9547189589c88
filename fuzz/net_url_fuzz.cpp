// Addresses and queries under any bytes: nothing crashes, and a password never reaches what is logged.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/http_server.hpp"
#include "net/url.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::net;
  const std::string text(reinterpret_cast<const char*>(data), size);

  if (const auto url = parse_url(text)) {
    require(!url->host.empty() && url->port != 0 && url->path.starts_with('/'));
    // What is safe to log names the same place, and holds no credentials and no query.
    const auto again = parse_url(url->redacted());
    require(again && again->host == url->host && again->port == url->port && again->path == url->path);
    require(again->user.empty() && again->password.empty() && again->query.empty());
    require(basic_authorization(*url).empty() == (url->user.empty() && url->password.empty()));
  } else {
    require(!url.error().message.empty());
  }

  // A password that the rest of the input does not hold by chance, in an address made of that input.
  const std::string secret = "Pa55-w0rd";
  if (text.find(secret) == std::string::npos) {
    const auto url = parse_url("wss://user:" + secret + "@" + text);
    const auto shown = url ? url->redacted() : url.error().message;
    require(shown.find(secret) == std::string::npos);
    if (url) require(url->password.starts_with(secret));
  }

  std::size_t decoded = 0;
  for (const auto& [name, value] : parse_query(text))
    decoded += name.size() + value.size();
  require(decoded <= size);
  require(percent_decode(text).size() <= size);
  return 0;
}

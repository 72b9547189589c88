// Whatever a model writes as a tool's arguments: the request goes where the agent file says or nowhere.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "llm/tool_request.hpp"
#include "net/url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley;
  const std::string_view arguments(reinterpret_cast<const char*>(data), size);
  agent::Tool tool;
  for (const char* method : {"GET", "POST"}) {
    for (const char* url : {"https://api.example/a/{id}/b?c={city}", "https://api.example"}) {
      tool.method = method;
      tool.url = url;
      const auto request = llm::make_tool_request(tool, arguments);
      if (!request) continue;
      if (!request->url.starts_with("https://api.example")) std::abort();
      for (const char c : request->url) {
        if (c <= ' ' || static_cast<unsigned char>(c) >= 0x7f || c == '#' || c == '@' || c == '\\')
          std::abort();
      }
      const auto read = net::parse_url(request->url);
      if (!read || read->host != "api.example") std::abort();
    }
  }
  return 0;
}

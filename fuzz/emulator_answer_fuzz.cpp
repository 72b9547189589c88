// What the emulated Exotel reads of the server under test and of whoever uses it, under any bytes: forms,
// XML, the world file. Nothing escapes its bounds, every refusal says why, and escaped text is read back as
// it was.
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/valid_text.hpp"
#include "emulator/form_reader.hpp"
#include "emulator/world_file.hpp"
#include "emulator/xml_reader.hpp"

namespace {

using namespace parley::emulator;

template <class T>
void says_why(const parley::Result<T>& result) {
  if (!result && result.error().message.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const auto line = all.substr(0, all.find('\n'));
  const auto form = read_form(line, all.substr(std::min(line.size() + 1, all.size())));
  says_why(form);
  if (form && form->fields.size() > Form::kMostFields) std::abort();
  says_why(read_xml(all));
  says_why(read_world(all, "world.yaml", "http://127.0.0.1:8080"));
  const std::string text = parley::valid_text(all);
  const auto element = read_xml("<Say a=\"" + xml_escaped(text) + "\"/>");
  if (element && element->attribute("a") != text) {
    // Control characters are no XML, and white space in attributes is not kept as it was.
    for (const char c : text)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return 0;
    std::abort();
  }
  return 0;
}

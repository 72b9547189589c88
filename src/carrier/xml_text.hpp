// Text inside XML that we write. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

namespace parley::carrier {

// Appends `text` as the content of an element or of an attribute in either quotes: markup is escaped, what no
// XML 1.0 document may hold is dropped, and what is no UTF-8 becomes U+FFFD. Line breaks and tabs are written
// as references, so that an attribute keeps them.
void append_xml(std::string_view text, std::string& out);
std::string xml_text(std::string_view text);

}  // namespace parley::carrier

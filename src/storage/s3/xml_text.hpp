// The few words S3 answers in XML, found without a parser: the answers are small, flat and known.
// Pure, any thread. Any bytes are fine: what is no XML has no elements.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace parley::storage::s3 {

// The name of the first element, without its namespace; empty: there is none.
std::string_view root_element(std::string_view xml);

// The text of the first element of this name that has no elements in it, with entities decoded; at most 8 KiB
// of it, a longer text is as good as none.
std::optional<std::string> element_text(std::string_view xml, std::string_view name);

// `<`, `>`, `&` and quotes as entities.
std::string escape_xml(std::string_view text);

}  // namespace parley::storage::s3

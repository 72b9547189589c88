#include "emulator/xml_reader.hpp"

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace parley::emulator {
namespace {

constexpr int kDeepest = 32;
constexpr std::size_t kMostElements = 1000;

bool is_name_char(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == ':';
}

std::string unescaped(std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> kEntities[] = {
      {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&#39;", "'"}};
  std::string out;
  while (!text.empty()) {
    const auto* const found = std::ranges::find_if(
        kEntities, [text](const auto& entity) { return text.starts_with(entity.first); });
    if (found == std::end(kEntities)) {
      out += text.front();
      text.remove_prefix(1);
    } else {
      out += found->second;
      text.remove_prefix(found->first.size());
    }
  }
  return out;
}

class XmlReader {
 public:
  explicit XmlReader(std::string_view text) : rest_(text) {}

  Result<XmlElement> document() {
    if (auto skipped = skip_misc(); !skipped) return fail(skipped.error());
    auto root = element(0);
    if (!root) return root;
    if (auto skipped = skip_misc(); !skipped) return fail(skipped.error());
    if (!rest_.empty()) return broken("something behind the last element");
    return root;
  }

 private:
  static std::unexpected<Error> broken(std::string_view what) {
    return fail(Errc::protocol, fmt::format("not XML: {}", what));
  }

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  void skip_space() {
    while (!rest_.empty() && is_space(rest_.front()))
      rest_.remove_prefix(1);
  }
  Result<void> skip_to(std::string_view end) {
    const std::size_t at = rest_.find(end);
    if (at == std::string_view::npos) return broken(fmt::format("'{}' is missing", end));
    rest_.remove_prefix(at + end.size());
    return {};
  }
  Result<void> skip_misc() {
    for (;;) {
      skip_space();
      Result<void> skipped;
      if (take("<?")) {
        skipped = skip_to("?>");
      } else if (take("<!--")) {
        skipped = skip_to("-->");
      } else {
        return {};
      }
      if (!skipped) return skipped;
    }
  }
  std::string name() {
    std::size_t length = 0;
    while (length < rest_.size() && is_name_char(rest_[length]))
      ++length;
    std::string out(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return out;
  }

  Result<void> attributes(XmlElement& element) {
    for (skip_space(); !rest_.empty() && is_name_char(rest_.front()); skip_space()) {
      const std::string key = name();
      skip_space();
      if (!take("=")) return broken("an attribute without a value");
      skip_space();
      const char quote = rest_.empty() ? ' ' : rest_.front();
      if (quote != '"' && quote != '\'') return broken("an attribute's value stands in quotes");
      rest_.remove_prefix(1);
      const std::size_t end = rest_.find(quote);
      if (end == std::string_view::npos) return broken("a quote is missing");
      element.attributes[key] = unescaped(rest_.substr(0, end));
      rest_.remove_prefix(end + 1);
    }
    return {};
  }

  Result<XmlElement> element(int depth) {
    if (depth > kDeepest || ++elements_ > kMostElements) return broken("too deep or too long");
    if (!take("<")) return broken("an element is expected");
    XmlElement element;
    element.name = name();
    if (element.name.empty()) return broken("an element without a name");
    if (auto read = attributes(element); !read) return fail(read.error());
    if (take("/>")) return element;
    if (!take(">")) return broken(fmt::format("<{}> is not closed", element.name));
    for (;;) {
      const std::size_t end = rest_.find('<');
      if (end == std::string_view::npos) return broken(fmt::format("</{}> is missing", element.name));
      element.text += unescaped(rest_.substr(0, end));
      rest_.remove_prefix(end);
      if (take("</")) break;
      if (take("<!--")) {
        if (auto skipped = skip_to("-->"); !skipped) return fail(skipped.error());
        continue;
      }
      auto inner = this->element(depth + 1);
      if (!inner) return inner;
      element.children.push_back(*std::move(inner));
    }
    if (name() != element.name || !take(">")) return broken(fmt::format("</{}> is missing", element.name));
    element.text = std::string(trimmed(element.text));
    return element;
  }

  std::string_view rest_;
  std::size_t elements_ = 0;
};

}  // namespace

std::string XmlElement::attribute(std::string_view key, std::string_view otherwise) const {
  const auto found = attributes.find(std::string(key));
  return std::string(found == attributes.end() ? otherwise : std::string_view(found->second));
}

const XmlElement* XmlElement::child(std::string_view key) const {
  const auto found = std::ranges::find_if(children, [key](const XmlElement& one) { return one.name == key; });
  return found == children.end() ? nullptr : &*found;
}

Result<XmlElement> read_xml(std::string_view text) {
  return XmlReader(text).document();
}

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace parley::emulator

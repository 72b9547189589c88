// yaml-cpp's event parser fills the tree. The handler stops the parser by an exception of its own when a
// limit is passed; it is caught here together with the library's.
#include "base/yaml_tree.hpp"

#include <exception>
#include <sstream>

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace parley::yaml {
namespace {

struct Refused : std::exception {
  Refused(int at, std::string why) : line(at), message(std::move(why)) {}
  int line;
  std::string message;
};

int line_of(const YAML::Mark& mark) {
  return mark.is_null() ? 0 : mark.line + 1;
}

class Builder final : public YAML::EventHandler {
 public:
  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { add(mark, Node::Kind::null); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused(line_of(mark), "aliases (*name) are not supported: write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    if (key_wanted()) {
      open_.back()->keys.push_back(value);
      open_.back()->key_places.push_back({line_of(mark)});
      return;
    }
    Node& node = add(mark, Node::Kind::scalar);
    node.quoted = tag == "!";
    const bool null = !node.quoted && (value.empty() || value == "~" || value == "null" || value == "Null");
    if (null) {
      node.kind = Node::Kind::null;
    } else {
      node.text = value;
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, Node::Kind::list);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(mark, Node::Kind::map);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  bool key_wanted() const {
    return !open_.empty() && open_.back()->kind == Node::Kind::map &&
           open_.back()->keys.size() == open_.back()->items.size();
  }

  Node& add(const YAML::Mark& mark, Node::Kind kind) {
    if (++nodes_ > kMaxNodes) throw Refused(line_of(mark), fmt::format("more than {} values", kMaxNodes));
    if (key_wanted()) throw Refused(line_of(mark), "a key must be plain text");
    Node* node = &root_;
    if (!open_.empty()) node = &open_.back()->items.emplace_back();
    node->kind = kind;
    node->place.line = line_of(mark);
    return *node;
  }

  // Pointers into items stay valid while a child is open: its parent gets no sibling before the child is
  // closed.
  void open(const YAML::Mark& mark, Node::Kind kind) {
    if (open_.size() >= static_cast<std::size_t>(kMaxDepth))
      throw Refused(line_of(mark), fmt::format("more than {} levels inside each other", kMaxDepth));
    open_.push_back(&add(mark, kind));
  }

  Node root_;
  std::vector<Node*> open_;
  std::size_t nodes_ = 0;
};

// JSON writes characters beyond the first plane as two escapes, which YAML does not know.
std::string joined_surrogates(std::string_view text) {
  const auto hex4 = [&](std::size_t at) -> int {
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
    int value = 0;
    for (std::size_t i = at + 2; i < at + 6; ++i) {
      const char c = text[i];
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return -1;
      value = value * 16 + digit;
    }
    return value;
  };
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const int high = hex4(at);
    const int low = high >= 0xD800 && high < 0xDC00 ? hex4(at + 6) : -1;
    if (low >= 0xDC00 && low < 0xE000) {
      out += fmt::format("\\U{:08x}", 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
      at += 12;
    } else if (text[at] == '\\' && at + 1 < text.size()) {
      out += text.substr(at, 2);  // an escaped backslash must not make the next letter look escaped
      at += 2;
    } else {
      out += text[at++];
    }
  }
  return out;
}

}  // namespace

Result<Node> parse_tree(std::string_view text, std::string_view source) {
  const auto refuse = [&](int line, std::string_view what) {
    if (line <= 0) return fail(Errc::invalid_argument, fmt::format("{}: {}", source, what));
    return fail(Errc::invalid_argument, fmt::format("{}:{}: {}", source, line, what));
  };
  if (text.size() > kMaxDocumentBytes)
    return refuse(0, fmt::format("larger than {} KiB", kMaxDocumentBytes / 1024));
  const auto first = text.find_first_not_of(" \t\r\n");
  const bool json = first != std::string_view::npos && text[first] == '{';
  try {
    std::istringstream input(json ? joined_surrogates(text) : std::string(text));
    YAML::Parser parser(input);
    Builder builder;
    if (!parser.HandleNextDocument(builder)) return Node{};
    Builder rest;
    if (parser.HandleNextDocument(rest)) return refuse(0, "holds more than one document");
    return builder.take();
  } catch (const Refused& refused) {
    return refuse(refused.line, refused.message);
  } catch (const YAML::Exception& error) {
    return refuse(line_of(error.mark), error.msg);
  } catch (const std::exception& error) {
    return refuse(0, error.what());
  }
}

}  // namespace parley::yaml

#include "base/yaml_text.hpp"

#include <utility>

#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

#include "base/json_string.hpp"

namespace parley::yaml {
namespace {

void append_json_text(std::string_view text, std::string& out) {
  out += '"';
  append_json_escaped(text, out);
  out += '"';
}

// RFC 8259 §6: -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
bool is_json_number(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9')
      ++at;
    return at - from;
  };
  const auto take = [&](std::string_view any) {
    const bool there = at < text.size() && any.find(text[at]) != std::string_view::npos;
    if (there) ++at;
    return there;
  };
  take("-");
  const std::size_t first = at;
  const std::size_t whole = digits();
  if (whole == 0 || (whole > 1 && text[first] == '0')) return false;
  if (take(".") && digits() == 0) return false;
  if (take("eE")) {
    take("+-");
    if (digits() == 0) return false;
  }
  return at == text.size();
}

bool is_plain_value(std::string_view text) {
  return text == "true" || text == "false" || is_json_number(text);
}

void append_json(const Node& node, std::string& out) {
  const char* glue = "";
  switch (node.kind) {
    case Node::Kind::null:
      out += "null";
      return;
    case Node::Kind::scalar:
      if (!node.quoted && is_plain_value(node.text)) {
        out += node.text;
      } else {
        append_json_text(node.text, out);
      }
      return;
    case Node::Kind::list:
      out += '[';
      for (const Node& item : node.items) {
        out += std::exchange(glue, ",");
        append_json(item, out);
      }
      out += ']';
      return;
    case Node::Kind::map:
      out += '{';
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        out += std::exchange(glue, ",");
        append_json_text(node.keys[i], out);
        out += ':';
        append_json(node.items[i], out);
      }
      out += '}';
      return;
  }
}

// What a reader would take for something else than this text when it stands there without quotes.
bool needs_quotes(std::string_view text) {
  return text.empty() || is_plain_value(text) || text == "~" || text == "null" || text == "Null" ||
         text == "NULL";
}

void emit(YAML::Emitter& out, const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      out << YAML::Null;
      return;
    case Node::Kind::scalar:
      // Quotes that only kept a text from being another kind go when they are not needed.
      if (node.quoted && needs_quotes(node.text)) out << YAML::DoubleQuoted;
      out << node.text;
      return;
    case Node::Kind::list:
      if (node.items.empty()) out << YAML::Flow;
      out << YAML::BeginSeq;
      for (const Node& item : node.items)
        emit(out, item);
      out << YAML::EndSeq;
      return;
    case Node::Kind::map:
      if (node.items.empty()) out << YAML::Flow;
      out << YAML::BeginMap;
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        out << YAML::Key;
        if (needs_quotes(node.keys[i])) out << YAML::DoubleQuoted;
        out << node.keys[i] << YAML::Value;
        emit(out, node.items[i]);
      }
      out << YAML::EndMap;
      return;
  }
}

}  // namespace

std::string to_json(const Node& node) {
  std::string out;
  append_json(node, out);
  return out;
}

std::string to_yaml(const Node& node) {
  YAML::Emitter out;
  emit(out, node);
  return std::string(out.c_str(), out.size()) + "\n";
}

}  // namespace parley::yaml

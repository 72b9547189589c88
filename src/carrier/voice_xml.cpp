#include "carrier/voice_xml.hpp"

#include <fmt/format.h>

#include "carrier/xml_text.hpp"

namespace parley::carrier {
namespace {

// One document, written element by element.
class Document {
 public:
  void attribute(std::string_view name, std::string_view value) {
    xml_ += fmt::format(" {}=\"", name);
    append_xml(value, xml_);
    xml_ += '"';
  }
  void text(std::string_view text) { append_xml(text, xml_); }
  Document& operator+=(std::string_view markup) {
    xml_ += markup;
    return *this;
  }
  void say(std::string_view words, std::string_view voice = {}, std::string_view language = {}) {
    if (words.empty()) return;
    xml_ += "<Say";
    if (!voice.empty()) attribute("voice", voice);
    if (!language.empty()) attribute("language", language);
    xml_ += '>';
    text(words);
    xml_ += "</Say>";
  }
  void number(std::string_view to) {
    const std::string_view element = to.starts_with("sip:") || to.starts_with("sips:") ? "Sip" : "Number";
    xml_ += fmt::format("<{}>", element);
    text(to);
    xml_ += fmt::format("</{}>", element);
  }
  std::string finish() { return std::move(xml_ += "</Response>"); }

 private:
  std::string xml_ = R"(<?xml version="1.0" encoding="UTF-8"?><Response>)";
};

}  // namespace

std::string stream_xml(const StreamAnswer& answer, std::chrono::seconds rest) {
  Document xml;
  xml.say(answer.say);
  xml += "<Connect><Stream";
  xml.attribute("url", answer.stream_url);
  xml += ">";
  for (const auto& [name, value] : answer.parameters) {
    xml += "<Parameter";
    xml.attribute("name", name);
    xml.attribute("value", value);
    xml += "/>";
  }
  xml += "</Stream></Connect>";
  if (rest.count() > 0) {
    xml += "<Pause";
    xml.attribute("length", std::to_string(rest.count()));
    xml += "/>";
  }
  return xml.finish();
}

std::string record_xml(const RecordAnswer& answer) {
  Document xml;
  xml.say(answer.say, answer.voice, answer.language);
  xml += "<Record";
  xml.attribute("action", answer.action);
  xml.attribute("method", "POST");
  xml.attribute("maxLength", std::to_string(answer.max_length.count()));
  xml.attribute("finishOnKey", std::string_view(&answer.finish_on_key, 1));
  xml += "/>";
  return xml.finish();
}

std::string hang_up_xml(const HangUpAnswer& answer) {
  Document xml;
  xml.say(answer.say);
  xml += "<Hangup/>";
  return xml.finish();
}

std::string connect_xml(const ConnectAnswer& answer) {
  Document xml;
  xml += "<Dial";
  if (!answer.caller_id.empty()) xml.attribute("callerId", answer.caller_id);
  if (answer.ring.count() > 0) xml.attribute("timeout", std::to_string(answer.ring.count()));
  if (answer.to.size() > 1) xml.attribute("sequential", "true");
  xml += ">";
  for (const std::string& to : answer.to)
    xml.number(to);
  xml += "</Dial>";
  return xml.finish();
}

std::string dial_xml(std::string_view to, std::string_view caller_id) {
  return connect_xml({.to = {std::string(to)},
                      .caller_id = std::string(caller_id),
                      .announce = {},
                      .ring = std::chrono::seconds(0)});
}

WebAnswer xml_answer(std::string xml) {
  return {.status = 200, .content_type = "text/xml; charset=utf-8", .body = std::move(xml), .headers = {}};
}

}  // namespace parley::carrier

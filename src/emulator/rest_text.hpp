// What Exotel's REST answers, as JSON or XML.
//
// Pure.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "emulator/call_ledger.hpp"
#include "emulator/world.hpp"
#include "net/http_server.hpp"

namespace parley::emulator {

// Of `Calls…`: {"Call":{…}} or <TwilioResponse><Call>….
json::object call_object(const EmulatedCall& call, const World& world, std::string_view status);
json::object details_object(const EmulatedCall& call);
json::object v3_object(const EmulatedCall& call);

// A tree of objects, arrays of one-member objects, texts and numbers as <TwilioResponse>…; null is an empty
// element.
std::string as_xml(const json::object& body);

net::HttpResponse rest_answer(int status, const json::object& body, bool as_json);
// {"RestException":{"Status":…,"Message":…,"Code":…}}
net::HttpResponse rest_error(int status, int code, std::string_view message, bool as_json);

}  // namespace parley::emulator

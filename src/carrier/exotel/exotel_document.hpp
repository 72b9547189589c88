// Exotel answers in JSON or in XML, whichever it likes; both become one JSON object here, so that what reads
// the answers is written once. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.hpp"

namespace parley::carrier::exotel {

// Told apart by the first bytes. Of XML the children of the root: an element with elements in it is an
// object, several of one name are an array, everything else is text; attributes are left out. Errc::protocol
// with what it is instead: empty, a page of HTML, cut off, too deep.
Result<boost::json::object> read_document(std::string_view body);

// Text, number or boolean as text, of the first of these members that has one.
std::string text_of(const boost::json::object& object, std::initializer_list<std::string_view> names);

// The objects of a list, however it is wrapped: [{…}], [{"Leg":{…}}], {"Leg":[{…}]}, {"Leg":{…}} or {…}.
std::vector<const boost::json::object*> objects_of(const boost::json::object& object, std::string_view list,
                                                   std::string_view item);

}  // namespace parley::carrier::exotel

// What Twilio says, read: forms of its webhooks and callbacks, JSON of its REST interface. Source:
// https://www.twilio.com/docs/voice/api/call-resource and https://www.twilio.com/docs/voice/twiml. Pure, any
// thread; nothing that comes in is trusted.
#pragma once

#include <boost/json/object.hpp>

#include "carrier/carrier.hpp"

namespace parley::carrier {

Progress twilio_progress(std::string_view status);

// A call as its REST interface describes it; nullopt: it has no sid.
std::optional<CallReport> twilio_call(const boost::json::object& call);

// As the port has them (carrier.hpp).
Result<CallReport> twilio_report(const Fields& fields);
Result<CallNotice> twilio_notice(const Fields& fields);
std::optional<StreamReport> twilio_stream_report(const Fields& fields);

}  // namespace parley::carrier

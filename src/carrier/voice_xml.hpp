// Our answers to the webhook of a call in the XML that Twilio introduced and others took over (TwiML, ExoML,
// CXML): <Response> with Say, Connect/Stream, Record, Dial, Hangup. Every text is escaped. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "carrier/carrier.hpp"

namespace parley::carrier {

// `rest`: the call stays so long when the stream has ended, so that it can still be handed on.
std::string stream_xml(const StreamAnswer& answer, std::chrono::seconds rest = {});
std::string record_xml(const RecordAnswer& answer);
std::string hang_up_xml(const HangUpAnswer& answer);
// Several numbers are tried one after the other. What is to be said to whoever picks up is not in it: that
// takes an address of its own.
std::string connect_xml(const ConnectAnswer& answer);
// Connects the call to one number or SIP address. `caller_id` may be empty.
std::string dial_xml(std::string_view to, std::string_view caller_id);

// 200 and text/xml.
WebAnswer xml_answer(std::string xml);

}  // namespace parley::carrier

// What servers of the OpenAI kind say when they cannot, in all the shapes they say it. Pure.
#pragma once

#include <string_view>

#include <boost/json/object.hpp>

#include "base/clock.hpp"
#include "net/http_client.hpp"
#include "vendor/account.hpp"
#include "vendor/vendor_error.hpp"

namespace parley::llm {

// A status other than 2xx, with its body (an object, an array of one, text, or nothing).
vendor::VendorError openai_refusal(const vendor::Account& account, std::string_view model,
                                   const net::ResponseHead& head, std::string_view body, WallTime now);

// An event of a stream that has "error" in it. `status` 200: the code in it says more.
vendor::VendorError openai_stream_error(const vendor::Account& account, std::string_view model,
                                        const boost::json::object& event);

// The server does not know the field `name`, or wants another one instead of it.
bool refuses_field(const vendor::VendorError& error, std::string_view param, std::string_view name);

// error.param, where there is one; of the bodies above.
std::string openai_error_param(std::string_view body);

}  // namespace parley::llm

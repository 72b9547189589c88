// The payloads of the media stream.
#pragma once

#include "base/base64.hpp"

namespace parley::media {

using parley::base64_decode;
using parley::base64_decoded_max;
using parley::base64_encode;
using parley::base64_encoded_size;

}  // namespace parley::media

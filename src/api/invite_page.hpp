// The page behind the one-time links: an e-mail address and a password, and whoever opened the link is in.
#pragma once

#include "api/router.hpp"

namespace parley::api {

// /invite/{token} and /invite.js.
void add_invite_page(Router& router);

}  // namespace parley::api

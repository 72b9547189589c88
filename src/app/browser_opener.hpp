// Shows an address in the browser of whoever sits at this machine.
#pragma once

#include <string>

namespace parley::app {

// Is there a desktop to show it on, and a person at a terminal who asked for it?
bool has_desktop();

// Starts xdg-open and returns at once; false when it could not be started. It gets nothing of our environment
// but what a desktop needs, so that no key reaches the browser. `url` is our own.
bool open_in_browser(const std::string& url);

}  // namespace parley::app

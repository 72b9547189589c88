// Answers that only Exotel's applets understand; the XML that it shares with others is carrier/voice_xml.
// Pure; any thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "carrier/carrier.hpp"

namespace parley::carrier::exotel {

// The dynamic URL of a Connect applet: whom to call, and how.
struct ConnectApplet {
  std::vector<std::string> numbers;  // E.164, tried one after the other unless `parallel`
  bool ask_again = false;            // the applet asks anew after each attempt
  std::string outgoing_number;       // what they see; empty: the caller's or the account's
  bool record = false;
  bool record_both_channels = false;
  std::chrono::seconds ring{0};          // 0: Exotel's own
  std::chrono::seconds conversation{0};  // 0: Exotel's own
  std::string hold_music;                // "operator_tone", "default_tone", …; empty: Exotel's own
  std::string announce;                  // said to whoever picks up
  int parallel = 1;                      // so many ring at once
  std::string passthru_url;              // told of every attempt; may be empty
};
WebAnswer connect_answer(const ConnectApplet& applet);

ConnectApplet to_applet(const ConnectAnswer& answer);

}  // namespace parley::carrier::exotel

#include "emulator/world_file.hpp"

namespace parley::emulator {

std::string_view default_world_text() {
  return R"(# One account, one number, and people of every kind. Copy, change, and give it back with --world.
accounts:
  - sid: emulated1
    api_key: emulated-key
    api_token: emulated-token

phones:
  - number: "08000000000"
    account: emulated1
    flow: agent
    name: Reception
    status_callback: "{server}/api/v1/webhooks/exotel/status"
  - number: "08000000001"
    account: emulated1
    flow: record
    name: Answered by a recording

flows:
  # The agent; whom it transfers is connected to whom the server names, and comes back when nobody answers.
  - id: agent
    applets:
      - name: bot
        voicebot: {url: "{server}/api/v1/telephony/exotel/endpoint"}
      - name: decide
        passthru: {url: "{server}/api/v1/webhooks/exotel/passthru", on_200: end, on_302: human}
      - name: human
        connect: {url: "{server}/api/v1/webhooks/exotel/connect", answered: outcome, unanswered: unreached}
      - name: unreached
        passthru: {url: "{server}/api/v1/webhooks/exotel/passthru", on_200: bot, on_302: bot}
      - name: outcome
        passthru: {url: "{server}/api/v1/webhooks/exotel/passthru", on_200: end, on_302: end}
      - name: end
        hangup: {}
  - id: record
    applets:
      - name: offline
        answer_url: {url: "{server}/api/v1/webhooks/exotel/incoming"}

people:
  - {number: "+919800000001", after: 1s, say: ["What are your opening hours?", "Thank you, good bye."]}
  - {number: "+919800000002", answer: busy}
  - {number: "+919800000003", answer: no_answer}
  - {number: "+919800000004", answer: failed}
  - {number: "+919800000005", answer: voicemail}
  - {number: "+919800000006", hangs_up_after: 3s}
  - {number: "+919800000007", script: ["wait agent\ndtmf 0\nsilence 60s"]}
  - {number: "+919800000009", after: 2s, says: "This is the front desk.", talks_for: 4s}

anybody: {after: 1s, say: ["Hello, who is there?"]}
)";
}

}  // namespace parley::emulator

// Worlds of the emulator and agents that most tests share.

export const account = `
accounts:
  - {sid: emulated1, api_key: emulated-key, api_token: emulated-token, requests_per_minute: 100000}
`;

export const phones = `
phones:
  - {number: "08000000000", account: emulated1, flow: agent, status_callback: "{server}/api/v1/webhooks/exotel/status"}
`;

// The agent; whom it transfers is connected to whom the server names, and comes back when nobody answers.
export const agentFlow = `
  - id: agent
    applets:
      - name: bot
        voicebot: {url: "{server}/api/v1/telephony/exotel/endpoint"}
      - name: decide
        passthru: {url: "{server}/api/v1/webhooks/exotel/passthru", on_200: end, on_302: human}
      - name: human
        connect: {url: "{server}/api/v1/webhooks/exotel/connect", unanswered: bot}
      - name: end
        hangup: {}
`;

// Waits for the greeting's end, then presses the key at which `desk` says goodbye.
export const polite = `script: ["wait agent\\ndtmf 9\\nsilence 20s"]`;

export const world = (people: string, more = "") => `${more}
${account}
flows:
${agentFlow}
${phones}
people:
${people}
`;

// An agent that needs no vendor: greets, and says goodbye at a 9. `more` is added to its file.
export const desk = (name: string, greeting = "Hello, this is the desk.", more = "") => `name: ${name}
language: en-IN
first_message: "${greeting}"
stt: {provider: none}
llm: {provider: script}
tts: {provider: instant}
${more}
script:
  first_stage: start
  stages:
    start:
      rules:
        - keys: "9"
          reply: Goodbye.
          end_call: true
`;

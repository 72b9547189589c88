// Worlds of the emulator and agents that most tests share.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "../../control/support/api.js";
import { repositoryRoot } from "../../control/support/server.js";

export const account = `
accounts:
  - {sid: emulated1, api_key: emulated-key, api_token: emulated-token, requests_per_minute: 100000}
`;

// The agent; whom it transfers is connected to whom the server names, and comes back when nobody answers. The server
// hears behind the Connect applet what came of it.
export const agentFlow = `
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
`;

// A number whose calls come in by a webhook, answered in XML.
export const webhookFlow = (id: string, url: string) => `
  - id: ${id}
    applets:
      - answer_url: {url: "${url}"}
`;

export const phone = (number: string, flow = "agent") => `
  - {number: "${number}", account: emulated1, flow: ${flow}, status_callback: "{server}/api/v1/webhooks/exotel/status"}`;

export interface WorldParts {
  people?: string[];
  flows?: string[];
  phones?: string[];
  // More lines at the top: "max_ringing: 2s".
  top?: string;
}

export const world = ({ people = [], flows = [agentFlow], phones = [phone("08000000000")], top = "" }: WorldParts) =>
  `${top}\n${account}\nflows:\n${flows.join("")}\nphones:\n${phones.join("")}\npeople:\n` +
  people.map((person) => `  - {${person}}\n`).join("");

// Somebody who hears the agent out and then presses these keys, one for each stream of the call.
export const presses = (number: string, ...keys: string[]) =>
  `number: "${number}", after: 300ms, script: [${keys
    .map((key) => JSON.stringify(`wait agent\ndtmf ${key}\nsilence 40s`))
    .join(", ")}]`;

// Somebody who only listens.
export const listens = (number: string) => `number: "${number}", after: 300ms, script: ["silence 60s"]`;

// An agent that needs no vendor: greets, and says goodbye at a 9. `more` is added to its file, `rules` to its stage.
export const desk = (name: string, greeting = "Hello, this is the desk.", more = "", rules = "") => `name: ${name}
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
${rules}`;

// The text of an agent that comes with the program.
export const bundledAgent = (name: string) => readFileSync(join(repositoryRoot, "agents", `${name}.yaml`), "utf8");

// Entries of a call's journal.
export const noted = (call: Json, what: string): Json[] => call.journal.filter((entry: Json) => entry.what === what);

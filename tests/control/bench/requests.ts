// The requests that are measured, each with values by chance, so that no answer is asked for twice in a row.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../../e2e/support/server.js";
import { agentName, callerNumber, callId, kAgents, kCallers, kOwnNumbers, type Log, ownNumber, startedAt } from "./seed_sql.js";
import { kCommonWord, kMiddlingWord, kRareWord } from "./words.js";

export interface Request {
  method: string;
  path: string;
  body?: string;
  type?: string; // of the body; JSON if it is missing
}

/** What the requests speak of. */
export interface Facts {
  log: Log;
  agents: string[]; // ids of agents that may be saved
  numbers: string[]; // ids of phone numbers that may be renamed
  ownNumbers: string[]; // the numbers themselves, in the same order
}

export interface Kind {
  name: string;
  share: number; // of a hundred requests of the mix
  make(facts: Facts, chance: () => number): Request;
  expects?: string; // stands in the answer; one without it counts as refused
}

const kDayMs = 86_400_000;
export const kFloor = "nothing: GET /healthz";

const pick = (chance: () => number, of: number) => Math.floor(chance() * of);
const get = (path: string): Request => ({ method: "GET", path });
const time = (at: number) => encodeURIComponent(new Date(at).toISOString());
const calls = (query: string): Request => get(`/api/v1/calls?limit=50&${query}`);
const anyCall = (facts: Facts, chance: () => number) => 1 + pick(chance, facts.log.rows);

function cursor(facts: Facts, i: number): string {
  return Buffer.from(`${startedAt(facts.log, i)}:${callId(i)}`).toString("base64url");
}

// A bundled agent of the usual length, without the local recogniser: making a dictionary for its words takes most of the
// time of saving it.
const kAgentFile = readFileSync(join(repositoryRoot, "agents", "appointment-desk.yaml"), "utf8").replaceAll("{provider: local}", "{provider: instant}");
const draft = (name: string, greeting: string) =>
  JSON.stringify({ yaml: kAgentFile.replace(/^name: .*$/m, `name: ${name}`).replace("Hello, Sunrise Dental.", greeting) });

export const agentToMake = (n: number) => JSON.stringify({ ...JSON.parse(draft(agentName(n), "Hello.")), publish: false });
export const numberToMake = (n: number) => JSON.stringify({ phoneNumber: ownNumber(n), displayName: `Line ${n}`, provider: "exotel" });
export { kAgents, kOwnNumbers };

export const kKinds: Kind[] = [
  { name: kFloor, share: 0, make: () => get("/healthz") },
  { name: "the newest 50 calls", share: 20, make: () => calls("") },
  { name: "50 calls of an agent", share: 10, make: (_, chance) => calls(`agent=${agentName(pick(chance, kAgents - 2))}`) },
  { name: "calls of a caller's number", share: 10, make: (_, chance) => calls(`number=${encodeURIComponent(callerNumber(pick(chance, kCallers)))}`) },
  { name: "50 calls to a number of ours", share: 5, make: (_, chance) => calls(`number=${encodeURIComponent(ownNumber(pick(chance, kOwnNumbers)))}`) },
  {
    name: "50 failed calls of a week",
    share: 7,
    make: (facts, chance) => {
      const since = facts.log.end - (8 + pick(chance, 350)) * kDayMs;
      return calls(`status=failed&since=${time(since)}&before=${time(since + 7 * kDayMs)}`);
    },
  },
  { name: "50 escalated calls", share: 3, make: () => calls("outcome=escalated") },
  { name: "50 calls with a common word", share: 3, make: () => calls(`text=${kCommonWord}`) },
  { name: "50 calls with a middling word", share: 2, make: () => calls(`text=${kMiddlingWord}`) },
  { name: "calls with a rare word", share: 3, make: () => calls(`text=${kRareWord}`) },
  { name: "a page deep in the log", share: 5, make: (facts, chance) => calls(`cursor=${cursor(facts, anyCall(facts, chance))}`) },
  { name: "one call", share: 13, make: (facts, chance) => get(`/api/v1/calls/${callId(anyCall(facts, chance))}`) },
  { name: "its transcript", share: 9, make: (facts, chance) => get(`/api/v1/calls/${callId(anyCall(facts, chance))}/transcript`) },
  {
    name: "use and cost of thirty days",
    share: 0.1,
    make: (facts) => get(`/api/v1/usage?since=${time(facts.log.end - 30 * kDayMs)}&before=${time(facts.log.end)}`),
  },
  { name: "calls in progress", share: 4.9, make: () => get("/api/v1/live/calls") },
  {
    name: "save an agent's draft",
    share: 2,
    make: (facts, chance) => {
      const n = pick(chance, facts.agents.length);
      return { method: "PUT", path: `/api/v1/agents/${facts.agents[n]}`, body: draft(agentName(n), `Hello ${pick(chance, 1e6)}.`) };
    },
  },
  {
    name: "rename a phone number",
    share: 3,
    make: (facts, chance) => ({
      method: "PATCH",
      path: `/api/v1/phone-numbers/${facts.numbers[pick(chance, facts.numbers.length)]}`,
      body: JSON.stringify({ displayName: `Line ${pick(chance, 1e6)}` }),
    }),
  },
];

/** A kind by chance, as often as its share says. */
export function ofTheMix(chance: () => number): Kind {
  let left = chance() * kKinds.reduce((sum, { share }) => sum + share, 0);
  return kKinds.find(({ share }) => (left -= share) < 0) ?? kKinds[1]!;
}

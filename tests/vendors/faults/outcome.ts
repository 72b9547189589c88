// What became of a call, in a few words: the cells of docs/vendor-faults.md.
import type { CallEvent } from "../../e2e/support/server.js";
import { type FaultCase, kExpected, kGoodbye, kHeard, kTrouble, type Observed } from "./call.js";

const kFaults = "bad key|no credit|rate limited|unknown model|region|bad request|overloaded|timeout|protocol|unreachable|internal";

/** "bad key", out of an event's words. */
export function faultOf(event: CallEvent | undefined): string {
  return new RegExp(`(?:^|[;:] )(?:[a-z]+: )?(${kFaults})\\b`).exec(event?.detail ?? "")?.[1] ?? "";
}

/** How the server dealt with it, by the first event that tells. */
function handled(events: CallEvent[], fallback: boolean): string {
  const find = (kind: string) => events.find((event) => event.kind === kind);
  const first = find("vendor_failed") ?? find("vendor_deaf") ?? find("reply_failed");
  const why = (first?.kind === "vendor_deaf" ? "deaf, " : "") + (faultOf(first) || "too late");
  const switched = find("vendor_switched");
  // A voice model that is the only one is opened again.
  const toItself = /: (\S+ \S+) -> \1(;|$)/.test(switched?.detail ?? "");
  // Without a fallback it is the server's own voice, which speaks the apology.
  if (switched && !toItself && fallback) return `${why}: switched`;
  if ((switched && toItself) || find("vendor_retrying")) return `${why}: tried again`;
  return first ? why : "unharmed";
}

const plain = (text: string) => text.toLowerCase().replace(/[.?!]+$/, "");

/** What the caller got in the first turn. */
function answer(one: FaultCase, seen: Observed): string {
  const { part } = one.adapter;
  const turn = seen.call.turns.find((row) => row.number === 1);
  const said = (text: string) => seen.call.turns.some((row) => row.agentHeard.includes(text));
  if (said(kGoodbye)) return "goodbye";
  if (said(kTrouble)) return "apology";
  if (seen.closed) return "call ended";
  if (turn === undefined) return "silence";
  if (part === "stt" && plain(turn.callerText) !== kHeard) return "asked again";
  if (turn.agentText === kExpected[part] && turn.agentHeard === turn.agentText) return "answered";
  return turn.agentHeard === "" ? "silence" : "part of it";
}

export function outcomeOf(one: FaultCase, seen: Observed): string {
  const how = handled(seen.call.events, one.fallback);
  const what = answer(one, seen);
  return what === "answered" ? how : `${how}: ${what}`;
}

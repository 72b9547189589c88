// What becomes of a call when a vendor does this or that: the table that the tests are held to, and the text of
// docs/vendor-faults.md.
import type { Fault, Phase } from "../../emulators/core/types.js";
import { adaptersOf, kPhases, makesSense, type Part } from "./adapters.js";
import { kExpectations } from "./expectations.js";

/**
 * Outcomes of one fault in one phase at one part: what most adapters do, and those that do otherwise. "one or another"
 * where it depends on how fast the machine is.
 */
export interface Row {
  part: Part;
  fault: Fault;
  phase: Phase;
  withFallback: Outcome;
  alone: Outcome;
}
export type Outcome = string | { most: string; but: Record<string, string> };

export function expectedOf(row: Row, adapter: string, fallback: boolean): string[] {
  const outcome = fallback ? row.withFallback : row.alone;
  return (typeof outcome === "string" ? outcome : (outcome.but[adapter] ?? outcome.most)).split(" or ");
}

export function findRow(part: Part, fault: Fault, phase: Phase): Row | undefined {
  return kExpectations.find((row) => row.part === part && row.fault === fault && row.phase === phase);
}

const kTitles: Record<Part, string> = { stt: "Recognisers", llm: "Models", tts: "Voices", sts: "Voice models" };
const kMeanings: [Fault, string][] = [
  ["bad_key", "the key is refused"],
  ["no_credit", "the account is empty"],
  ["rate_limit", "too much at once, with the vendor's word on when to come again"],
  ["unknown_model", "the model or voice is not there"],
  ["region", "not served in this country"],
  ["bad_request", "the request is refused as wrong"],
  ["overload", "no capacity"],
  ["server_error", "an error of the vendor's own"],
  ["timeout", "the connection is accepted and never answered"],
  ["never_first_piece", "the answer begins, and nothing useful follows"],
  ["slow_drip", "pieces come late and in crumbs"],
  ["break", "the connection is cut"],
  ["half_open", "the connection stays, nothing more comes"],
  ["close_early", "a clean close before the end"],
  ["invalid_json", "JSON that stops in the middle; in raw sound, bytes of it"],
  ["wrong_types", "numbers for texts, texts for numbers"],
  ["invalid_utf8", "bytes that are no UTF-8"],
  ["split_utf8", "characters cut between two pieces"],
  ["endless", "pieces that never end"],
  ["odd_byte", "sound cut inside a sample, and a byte too many"],
  ["wav_header", "a WAV header inside raw sound"],
  ["text_for_binary", "text where sound belongs, and the other way round"],
  ["answer_twice", "the whole answer once more"],
  ["garbage", "bytes that mean nothing"],
];

function cell(outcome: Outcome): string {
  if (typeof outcome === "string") return outcome;
  return [outcome.most, ...Object.entries(outcome.but).map(([adapter, other]) => `*${adapter}:* ${other}`)].join("<br>");
}

export function documentText(): string {
  const lines = [
    "# What becomes of a call when a vendor fails",
    "",
    "<!-- Written by tests/vendors/faults.test.ts with UPDATE_DOCS=1 from tests/vendors/faults/expectations.ts. -->",
    "",
    "Each line was tried on a call against the emulated vendors (`tests/emulators`): every kind of fault, in every phase",
    "of a turn in which it can happen, with a second vendor as fallback and without. Connect: before the vendor has",
    "accepted; first, middle, end: at the first useful piece of an answer, after it, and in place of its end.",
    "",
    "In all of them the server lives on, says why in an event of the call (`parley calls show`), and no socket to a vendor",
    "is left open that the next call could not use.",
    "",
    "| Words of the table | Meaning |",
    "|---|---|",
    "| unharmed | The caller notices nothing, and there is nothing to tell. |",
    "| bad key, timeout, … | The fault as it is told in the event `vendor_failed` or `vendor_deaf`. |",
    "| switched | The fallback goes on (`vendor_switched`); the caller gets the whole answer, no word is lost or said twice. |",
    "| tried again | The only choice is asked again after a wait (`vendor_retrying`), and answers. |",
    "| apology | The agent says `limits.trouble_say`, by the server's own voice when there is no other; the call goes on. |",
    "| goodbye | The agent says `limits.give_up_say` and ends the call. |",
    "| call ended | Not even the apology could be spoken. |",
    "| asked again | What the caller said was lost: the agent asks for it. |",
    "| silence | The agent says nothing; the caller has to speak again. A recogniser that hears nothing is found out at the second utterance (`vendor_deaf`). |",
    "| part of it | A part of the answer was not heard. |",
    "",
    "Raw sound over HTTP has neither an end nor a sum to check: bytes that mean nothing are a short noise, a body that comes",
    "twice is heard twice, and both count as unharmed here. A sentence that ends far too early, or not at all, is noticed.",
    "",
    "`npx vitest run faults` in `tests/vendors` tries each fault at each adapter in its usual phase;",
    "`PARLEY_FAULTS=all` tries every line of this page at every adapter.",
    "",
  ];
  for (const part of ["stt", "llm", "tts", "sts"] as const) {
    const names = adaptersOf(part).map((adapter) => adapter.name);
    lines.push(`## ${kTitles[part]}`, "", `${names.join(", ")}.`, "", "| Fault | Phase | With a fallback | Alone |", "|---|---|---|---|");
    for (const [fault, meaning] of kMeanings) {
      if (!makesSense(part, fault)) continue;
      for (const phase of kPhases[fault]) {
        const row = findRow(part, fault, phase);
        if (row) lines.push(`| ${fault}: ${meaning} | ${phase} | ${cell(row.withFallback)} | ${cell(row.alone)} |`);
      }
    }
    lines.push("");
  }
  return lines.join("\n");
}

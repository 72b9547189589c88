// One call on a server of its own, on which one adapter has a fault, and what became of it.
import { performance } from "node:perf_hooks";
import type { Fault, Phase } from "../../emulators/core/types.js";
import { ExotelCaller } from "../../e2e/support/exotel.js";
import { type AgentFile, AgentServer, type VendorCall } from "../support/agent_server.js";
import type { Choice } from "../support/choices.js";
import type { Emulation } from "../support/emulation.js";
import { timeline, voicedMs } from "../support/sound.js";
import type { Adapter, Part } from "./adapters.js";
import { type Sockets, socketsOf } from "./sockets.js";

export interface FaultCase {
  adapter: Adapter;
  fault?: Fault; // none: how the call is when all is well
  phase?: Phase;
  fallback: boolean;
}

export interface Observed {
  call: VendorCall;
  voicedMs: number[]; // of each turn, as the caller heard it
  closed: boolean; // the server ended the call
  protocolErrors: string[];
  alive: boolean; // and answering afterwards
  sockets: { before: Sockets; after: Sockets };
  ms: number;
}

export const kReply = "All right. I will wait.";
export const kTrouble = "Sorry, there was trouble.";
export const kGoodbye = "Sorry, goodbye.";
export const kQuestion = "what did you say";
export const kAnswer = "I said that I’m here to help.";
export const kHeard = "what are your opening hours";

/** What the agent says to it when nothing is lost and nothing is said twice. */
export const kExpected: Record<Part, string> = { stt: kReply, llm: kAnswer, tts: kReply, sts: "We’re open from nine to five. Please come any day." };

/** One part is the vendors', the others are the server's own: a call is quick, and what goes wrong is the vendor's doing. */
export function agentOf(part: Part, choice: Choice): AgentFile {
  const own = {
    stt: { provider: "instant", options: { text: part === "llm" ? kQuestion : kHeard } },
    llm: { provider: "script" },
    tts: { provider: "local" },
  };
  return {
    ...(part === "sts" ? { kind: "realtime", sts: choice } : { ...own, [part]: choice }),
    first_message: "",
    turn_taking: { endpointing: "300ms", transcript_deadline: "6s", reply_deadline: "8s" },
    recording: { enabled: false },
    caching: { speech: false },
    limits: { trouble_say: kTrouble, give_up_say: kGoodbye },
    script: { first_stage: "start", fallback: "I did not hear that.", stages: { start: { rules: [{ patterns: [kHeard], reply: kReply }] } } },
  };
}

export interface Patience {
  quietMs?: number; // of silence after which the agent is done
  silentMs?: number; // without any sound from it
}

/** The caller says something; resolves when the agent is done with it, for better or worse. The sound of its answer. */
export async function converse(emulation: Emulation, caller: ExotelCaller, { quietMs = 700, silentMs = 14_000 }: Patience = {}): Promise<number> {
  const heard = caller.heard.length;
  await caller.say(await emulation.speak(kHeard, caller.sampleRate));
  const spoken = performance.now();
  const over = () => {
    if (caller.isClosed) return true;
    const last = caller.heard.length > heard ? caller.heard.at(-1) : undefined;
    return performance.now() > (last === undefined ? spoken + silentMs : last.to + quietMs);
  };
  await caller.until(over, 40_000, "the agent to be done").catch((error: unknown) => {
    if (!caller.isClosed) throw error;
  });
  return voicedMs(timeline(caller.heard.slice(heard), caller.sampleRate), caller.sampleRate);
}

/** What may stay open for the next call: a voice's pooled sockets, connections for requests. */
function mayStayOpen(part: Part): number {
  return part === "stt" || part === "sts" ? 0 : 3;
}

async function socketsAtRest(server: AgentServer, emulation: Emulation, part: Part, before: Sockets): Promise<Sockets> {
  const deadline = performance.now() + 8_000;
  for (;;) {
    const now = socketsOf(server.server.pid, emulation);
    const atRest = now.vendors <= mayStayOpen(part) && now.others <= before.others;
    if (atRest || performance.now() > deadline) return now;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export function leaks({ sockets: { before, after } }: Observed, part: Part): boolean {
  return after.vendors > mayStayOpen(part) || after.others > before.others;
}

export async function hold(emulation: Emulation, key: string, one: FaultCase): Promise<Observed> {
  const { adapter, fault, phase, fallback } = one;
  const began = performance.now();
  const { part, choice } = adapter;
  if (fault !== undefined) {
    const onlyOnce = fallback && choice.provider === adapter.fallback.provider;
    await emulation.rule({ vendor: choice.provider, key, part, fault, ...(phase ? { phase } : {}), ...(onlyOnce ? { times: 1 } : {}) });
  }
  const server = await AgentServer.start(emulation, key, agentOf(part, fallback ? { ...choice, fallbacks: [adapter.fallback] } : choice));
  try {
    const before = socketsOf(server.server.pid, emulation);
    const caller = await ExotelCaller.dial(`${server.server.ws}/media`, { pieceMs: 100 });
    const voiced: number[] = [];
    // With a fallback the next turn shows that the call is well; without one, that it is polite.
    for (let turn = 0; turn < 2 && !caller.isClosed; ++turn) {
      // A pause inside the answer may be as long as the patience with a vendor, and the waits between tries.
      const quietMs = turn > 0 || fault === undefined ? 700 : fallback ? 1_500 : 6_000;
      voiced.push(await converse(emulation, caller, { quietMs }));
      if (!fallback && turn === 0 && fault !== undefined) break;
    }
    const closed = caller.isClosed;
    if (!closed) await caller.hangUp();
    const call = await server.callOf(caller.streamId);
    const after = await socketsAtRest(server, emulation, part, before);
    const alive = (await server.server.get("/healthz")).ok;
    const ms = Math.round(performance.now() - began);
    return { call, voicedMs: voiced, closed, protocolErrors: caller.protocolErrors, alive, sockets: { before, after }, ms };
  } finally {
    await server.stop();
  }
}

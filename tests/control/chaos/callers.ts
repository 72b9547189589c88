// Fifty people on the phone at once: each calls, listens, speaks and hangs up, and calls again when the line is dead.
// Every call remembers what the caller knows of it, for comparison with the call log.
import { performance } from "node:perf_hooks";

import { ExotelCaller } from "../../e2e/support/exotel.js";
import { speech } from "../../e2e/support/wav.js";
import { pause } from "../support/server.js";
import type { Random } from "./random.js";

// Times are milliseconds of performance.now().
export interface HeardCall {
  id: string; // the carrier's, which the call log keeps
  sampleRate: number;
  startSentAt: number;
  turnsDone: number[]; // when the caller had heard all of an answer
  turnsBegun: number; // how often the caller spoke
  hungUpAt: number; // 0: the line went dead
  deadAt: number; // 0: the caller hung up
  sentMs: number; // of sound
  holes: Hole[]; // in the midst of what the agent said
  answers: Hole[]; // from the caller's last word to the agent's first
  trouble: string;
}

export interface Hole {
  from: number;
  ms: number;
}

export interface Plan {
  turns: number;
  sampleRate: number;
}

const word = speech("yes_please");

function at(sampleRate: number): Int16Array {
  const times = sampleRate / 8000;
  return times === 1 ? word : Int16Array.from({ length: word.length * times }, (_, i) => word[Math.floor(i / times)]!);
}

// The sound ran dry between two pieces although nobody had spoken in between.
function holesIn(caller: ExotelCaller, spokenAt: number[]): Hole[] {
  const holes: Hole[] = [];
  for (let i = 1; i < caller.heard.length; ++i) {
    const before = caller.heard[i - 1]!.to;
    const after = caller.heard[i]!.from;
    if (after - before > 1 && !spokenAt.some((time) => time > before && time < after))
      holes.push({ from: before, ms: after - before });
  }
  return holes;
}

// One call from its first ring to its end; undefined when nobody answered.
export async function makeCall(url: string, plan: Plan, isOver: () => boolean = () => false) {
  const caller = new ExotelCaller(url, { pieceMs: 100, sampleRate: plan.sampleRate });
  try {
    await caller.open();
  } catch {
    return undefined;
  }
  const call: HeardCall = {
    id: caller.callId,
    sampleRate: plan.sampleRate,
    startSentAt: performance.now(),
    turnsDone: [],
    turnsBegun: 0,
    hungUpAt: 0,
    deadAt: 0,
    sentMs: 0,
    holes: [],
    answers: [],
    trouble: "",
  };
  const spokenAt: number[] = [];
  try {
    caller.sendConnected();
    caller.sendStart();
    caller.startMedia();
    await caller.agentSpeaks();
    await caller.agentFinished(300);
    while (call.turnsBegun < plan.turns && !isOver()) {
      const before = caller.received.length;
      ++call.turnsBegun;
      await Promise.race([caller.say(at(plan.sampleRate)), caller.closed(60_000)]);
      const saidAt = performance.now();
      spokenAt.push(saidAt);
      const first = await caller.agentSpeaks(before);
      call.answers.push({ from: saidAt, ms: first.at - saidAt });
      await caller.agentFinished(300);
      call.turnsDone.push(caller.heard.at(-1)!.to);
    }
    call.sentMs = caller.sentMediaMs;
    await caller.hangUp();
    call.hungUpAt = performance.now();
  } catch (error) {
    call.sentMs = caller.sentMediaMs;
    if (!caller.isClosed) {
      call.trouble = String(error);
      caller.drop();
    }
    call.deadAt = performance.now();
  }
  call.holes = holesIn(caller, spokenAt);
  if (caller.protocolErrors.length > 0) call.trouble += caller.protocolErrors.slice(0, 3).join("; ");
  return call;
}

export class Crowd {
  readonly calls: HeardCall[] = [];
  active = 0;
  private over = false;
  private readonly people: Promise<void>[] = [];

  constructor(
    private readonly url: string,
    private readonly random: Random,
  ) {}

  // The first `talkative` of them stay on the line as long as it lives, in wide band: their recordings are long.
  start(people: number, talkative: number): void {
    for (let i = 0; i < people; ++i) this.people.push(this.live(i < talkative));
  }

  // Everybody ends the call that they are in.
  async stop(): Promise<void> {
    this.over = true;
    await Promise.all(this.people);
  }

  private async live(talkative: boolean): Promise<void> {
    await pause(this.random.between(0, talkative ? 100 : 3000));
    while (!this.over) {
      const plan = talkative
        ? { turns: Infinity, sampleRate: 24_000 }
        : { turns: Math.floor(this.random.between(1, 4.99)), sampleRate: 8000 };
      ++this.active;
      const call = await makeCall(this.url, plan, () => this.over);
      --this.active;
      if (call !== undefined) this.calls.push(call);
      await pause(this.random.between(50, 400));
    }
  }
}

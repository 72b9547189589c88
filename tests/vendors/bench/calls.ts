// Short calls that say one phrase again and again, and what the server then knows about them.
import { performance } from "node:perf_hooks";
import { ExotelCaller } from "../../e2e/support/exotel.js";
import type { AgentServer } from "../support/agent_server.js";

const kAudible = 100;
// Nothing comes for so long: the agent has said it all.
const kQuietMs = 300;

/** Without the silence after the last word: the end of what is said is the end of speech. */
export function trimmed(sound: Int16Array): Int16Array {
  let end = sound.length;
  while (end > 0 && Math.abs(sound[end - 1]!) <= kAudible) end--;
  return sound.subarray(0, end);
}

export interface Turn {
  number: number;
  responseMs: number; // last piece of speech sent to first sound of the answer received
}

/** `silenceMs` before the caller's first word; the agent does not speak first. */
export async function converse(server: AgentServer, phrase: Int16Array, turns: number, silenceMs: number): Promise<Turn[]> {
  const caller = await ExotelCaller.dial(`${server.server.ws}/media`);
  const measured: Turn[] = [];
  try {
    await caller.until(() => caller.sentMediaMs >= silenceMs, silenceMs + 5_000, "the silence at the beginning");
    for (let number = 1; number <= turns; number++) {
      const before = caller.received.length;
      await caller.say(phrase);
      const said = performance.now();
      const answer = await caller.agentSpeaks(before, 20_000);
      measured.push({ number, responseMs: answer.at - said });
      await caller.agentFinished(kQuietMs);
    }
  } finally {
    if (!caller.isClosed) await caller.hangUp();
  }
  return measured;
}

export interface Distribution {
  count: number;
  /** The upper bound, in milliseconds, of the bucket in which the quantile lies. */
  quantileMs(part: number): number;
}

/** The server's histograms by name and labels: `parley_vendor_added_seconds{part="tts",vendor="sarvam"}`. */
export async function histograms(server: AgentServer): Promise<Map<string, Distribution>> {
  const text = await (await fetch(`${server.server.http}/metrics`)).text();
  const buckets = new Map<string, { bound: number; count: number }[]>();
  for (const line of text.split("\n")) {
    const [, name, labels, count] = /^(\w+)_bucket\{(.*)\} (\S+)$/.exec(line) ?? [];
    const bound = /,?le="([^"]+)"/.exec(labels ?? "");
    if (bound === null) continue;
    const key = `${name}{${labels!.replace(bound[0], "")}}`;
    const all = buckets.get(key) ?? [];
    all.push({ bound: bound[1] === "+Inf" ? Infinity : Number(bound[1]), count: Number(count) });
    buckets.set(key, all);
  }
  return new Map(
    [...buckets].map(([key, all]) => {
      const count = all.at(-1)!.count;
      return [key, { count, quantileMs: (part) => all.find((bucket) => bucket.count >= part * count)!.bound * 1000 }];
    }),
  );
}

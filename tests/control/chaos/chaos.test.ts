// The server, PostgreSQL and the S3 store are killed (kill -9) at random moments while fifty people are on the phone and
// others use the API. Afterwards nothing that was acknowledged is missing or there twice, and every recording plays.
//
// CHAOS_ROUNDS and CHAOS_SEED: another length, or a run of before again.
import { monitorEventLoopDelay, performance } from "node:perf_hooks";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { pause } from "../support/server.js";
import { Crowd, type HeardCall, type Hole } from "./callers.js";
import { checkCalls, checkLeftovers, checkWritten } from "./checks.js";
import { Random } from "./random.js";
import { schedule } from "./schedule.js";
import { World } from "./world.js";
import { Writers } from "./writers.js";

const rounds = Number(process.env["CHAOS_ROUNDS"] ?? 20);
const seed = Number(process.env["CHAOS_SEED"] ?? Math.floor(Math.random() * 1_000_000));
const people = 50;
const talkative = 2;

// What a caller may have to wait for in the worst moment of a busy machine of two cores; a call that stands still while
// its database or its store is away waits for seconds.
const kLongestHoleMs = 600;
const kLongestAnswerMs = 3000;

const longest = (calls: readonly HeardCall[], of: (call: HeardCall) => Hole[], counts: (hole: Hole) => boolean) =>
  Math.round(Math.max(0, ...calls.flatMap((call) => of(call).filter(counts).map((hole) => hole.ms))));

describe("processes killed at random", () => {
  let world: World;

  beforeAll(async () => {
    world = await World.make();
  }, 60_000);
  afterAll(() => world?.remove(), 60_000);

  it(
    `loses nothing and doubles nothing in ${rounds} rounds`,
    async () => {
      console.log(`chaos: CHAOS_SEED=${seed} CHAOS_ROUNDS=${rounds}`);
      const random = new Random(seed);
      const plan = schedule(random, rounds);
      const crowd = new Crowd(world.streamUrl, new Random(seed + 1));
      const writers = new Writers(world, new Random(seed + 2));
      const lag = monitorEventLoopDelay({ resolution: 10 });
      lag.enable();
      const began = performance.now();
      await writers.start();
      crowd.start(people, talkative);
      await pause(3000);

      for (const [number, round] of plan.entries()) {
        await pause(round.afterMs);
        console.log(
          `chaos: ${((performance.now() - began) / 1000).toFixed(1)} s, round ${number + 1}: kill ${round.parts.join(" and ")}` +
            ` for ${Math.round(round.awayMs)} ms, ${crowd.active} on the phone`,
        );
        const killed: { back: () => Promise<void> }[] = [];
        for (const part of round.parts) {
          if (killed.length > 0) await pause(round.gapMs);
          killed.push(await world.kill(part));
        }
        await pause(round.awayMs);
        await Promise.all(killed.map((one) => one.back()));
      }
      await pause(2000);
      await Promise.all([crowd.stop(), writers.stop()]);
      lag.disable();
      await world.settled(120_000);

      const problems: string[] = [...writers.troubles];
      const seen = await checkCalls(world, crowd.calls, problems);
      const done = await checkWritten(world, writers, problems);
      await checkLeftovers(world, problems);

      const untouched = (hole: Hole) => !world.wasAway("server", hole.from, hole.from + hole.ms, 2000);
      const others = (hole: Hole) =>
        untouched(hole) && ["postgres", "s3"].some((part) => world.wasAway(part as "s3", hole.from, hole.from + hole.ms, 1000));
      const holes = (counts: (hole: Hole) => boolean) => longest(crowd.calls, (call) => call.holes, counts);
      const answers = (counts: (hole: Hole) => boolean) => longest(crowd.calls, (call) => call.answers, counts);
      console.log(
        `chaos: ${Math.round((performance.now() - began) / 1000)} s; calls ${crowd.calls.length} made, ${seen.logged} in the log, ` +
          `${seen.interrupted} interrupted; ${seen.turns} turns; ${seen.recordings} recordings of ${Math.round(seen.bytes / 1e6)} MB, ` +
          `${seen.inParts} in parts; acknowledged ${JSON.stringify(done)}; 503 ${writers.unavailable} times\n` +
          `chaos: longest hole in the sound ${holes(untouched)} ms (${holes(others)} ms while PostgreSQL or S3 was away), ` +
          `longest wait for an answer ${answers(untouched)} ms (${answers(others)} ms), this process late by ${Math.round(lag.max / 1e6)} ms`,
      );
      expect(problems).toEqual([]);
      expect(seen.logged).toBeGreaterThan(people);
      expect(Object.keys(done).sort()).toEqual(["agent", "chat", "number", "webhook"]);
      expect(holes(others)).toBeLessThan(kLongestHoleMs);
      expect(answers(others)).toBeLessThan(kLongestAnswerMs);
    },
    rounds * 20_000 + 300_000,
  );
});

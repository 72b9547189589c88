// Many calls at once, and the limit at the door.
import { expect, onTestFinished, test } from "vitest";
import { ExotelCaller, Refused } from "./support/exotel.js";
import { Server } from "./support/server.js";
import { speech } from "./support/wav.js";

test("50 calls at once are all greeted, answered and logged", async () => {
  const server = await Server.start({ agent: "bench" });
  onTestFinished(() => server.stop());
  const one = async (index: number) => {
    const caller = await ExotelCaller.dial(`${server.ws}/media`, { pieceMs: index % 2 === 0 ? 20 : 100 });
    await caller.agentFinished(400, 30_000);
    const before = caller.received.length;
    await caller.say(speech("yes_please"));
    await caller.agentSpeaks(before);
    await caller.agentFinished();
    await caller.hangUp();
    return caller;
  };
  const callers = await Promise.all(Array.from({ length: 50 }, (_, index) => one(index)));
  for (const caller of callers) expect(caller.protocolErrors).toEqual([]);
  await server.callOfStream(callers.at(-1)!.streamId);
  const metrics = await server.metrics();
  expect(metrics.value("parley_calls_total")).toBe(50);
  expect(metrics.value("parley_calls_active")).toBe(0);
  expect(metrics.value("parley_turns_total")).toBeGreaterThanOrEqual(50);
  expect(metrics.value("parley_protocol_errors_total")).toBe(0);
  const calls = (await server.calls()).map((call) => call.streamId);
  for (const caller of callers) expect(calls).toContain(caller.streamId);
  for (const caller of callers) {
    const call = await server.callOfStream(caller.streamId);
    expect(call.status).toBe("completed");
    expect(call.turns.map((turn) => turn.number)).toEqual([0, 1]);
  }
}, 90_000);

test("a call over the limit is refused at the door with a reason, and the next free place is given", async () => {
  const server = await Server.start({ agent: "bench", args: ["--max-calls", "2"] });
  onTestFinished(() => server.stop());
  const first = await ExotelCaller.dial(`${server.ws}/media`);
  const second = await ExotelCaller.dial(`${server.ws}/media`);
  await Promise.all([first.agentSpeaks(), second.agentSpeaks()]);

  const refused = (await ExotelCaller.dial(`${server.ws}/media`).catch((error: unknown) => error)) as Refused;
  expect(refused).toBeInstanceOf(Refused);
  expect(refused.status).toBe(503);
  expect(refused.body).toMatch(/places are taken/);
  const metrics = await server.metrics();
  expect(metrics.value("parley_calls_refused_total")).toBe(1);
  expect(metrics.text).toMatch(/parley_calls_refused_total\{reason="full"\} 1/);
  expect(metrics.value("parley_calls_active")).toBe(2);

  await first.hangUp();
  await server.callOfStream(first.streamId);
  const third = await ExotelCaller.dial(`${server.ws}/media`);
  await third.agentSpeaks();
  await Promise.all([second.hangUp(), third.hangUp()]);
});

// A caller is handed to a person: asked for by a key, by the script and by the API; and comes back to the agent when
// nobody picks up.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../control/support/api.js";
import { CarrierServer, eventually } from "./support/server.js";
import { desk, listens, noted, phone, presses, world } from "./support/worlds.js";

const [reception, lonely, announced] = ["08000000000", "08000000001", "08000000002"] as const;
const [colleague, nobody] = ["+919800000101", "+919800000102"] as const;

const transferring = (name: string, to: string, more = "") =>
  desk(
    name,
    "Hello, this is the desk.",
    `transfer: {to: ["${to}"], say: "I am putting you through.", failed_say: "Nobody is free just now.", ring: 5s${more}}
dtmf:
  keys:
    "0": {action: escalate, say: "One moment."}`,
    `        - keys: "5"
          reply: Of course.
          escalate: true
`,
  );

let carrier: CarrierServer;

beforeAll(async () => {
  carrier = await CarrierServer.start({
    world: world({
      phones: [phone(reception), phone(lonely), phone(announced)],
      people: [
        presses("+919800000001", "0", "9"),
        presses("+919800000002", "5", "9"),
        listens("+919800000003"),
        presses("+919800000004", "0", "9"),
        `number: "${colleague}", after: 300ms, says: "This is the front desk.", talks_for: 1s`,
        `number: "${nobody}", answer: busy, after: 300ms`,
      ],
    }),
    agent: desk("front"),
    agents: [
      transferring("reception", colleague),
      transferring("lonely", nobody),
      transferring("announced", colleague, `, announce: "A caller for you."`),
    ],
    numbers: { "+918000000000": "reception", "+918000000001": "lonely", "+918000000002": "announced" },
  });
});
afterAll(() => carrier?.finish());

const heard = (row: Json): string[] => row.turns.map((turn: Json) => turn.agentHeard);

// The flow went on to the number, and the row tells that somebody picked up.
async function isConnected(sid: string): Promise<Json> {
  const told = await carrier.emulator.ended(sid);
  expect(noted(told, "stream ended")).toHaveLength(1);
  expect(noted(told, "stream ended")[0]).toMatchObject({ status: "completed", disconnectedBy: "bot" });
  expect(noted(told, "passthru")[0]).toMatchObject({ status: 302 });
  const [asked] = noted(told, "connect");
  expect(asked).toMatchObject({ status: 200, contentType: "application/json" });
  expect(JSON.parse(asked.answer).destination.numbers).toEqual([colleague]);
  expect(noted(told, "connected")[0].number).toBe(colleague);
  const row = await carrier.rowOf(sid, (call) => call.transfer?.status === "connected");
  expect(row).toMatchObject({ status: "completed", escalationRequested: true });
  expect(row.transfer.to).toContain(colleague);
  expect(await carrier.emulator.violations(sid)).toEqual([]);
  return { row, told };
}

describe.concurrent("a caller is handed to a person", () => {
  it("by the key 0, and hears the last words before the stream ends", async () => {
    const { row } = await isConnected(await carrier.emulator.ring("09800000001", reception));
    expect(heard(row).join(" ")).toContain("One moment.");
    expect(heard(row).join(" ")).toContain("I am putting you through.");
  });

  it("by a rule of the script", async () => {
    const { row } = await isConnected(await carrier.emulator.ring("09800000002", reception));
    expect(heard(row).join(" ")).toContain("Of course.");
    expect(heard(row).join(" ")).toContain("I am putting you through.");
  });

  it("by the API, with words of its own", async () => {
    const sid = await carrier.emulator.ring("09800000003", reception);
    const begun = await carrier.rowOf(sid, (call) => call.status === "in_progress");
    await carrier.api.must("POST", `/api/v1/calls/${begun.id}/transfer`, { say: "Here comes a colleague." });
    const { row } = await isConnected(sid);
    expect(heard(row).join(" ")).toContain("Here comes a colleague.");
  });

  it("on a call that was placed", async () => {
    const placed = await carrier.place("+919800000004", { agent: "reception" });
    const known = await carrier.callWhen(placed.id, (call) => call.carrierCallId !== "");
    const { row } = await isConnected(known.carrierCallId);
    expect(row).toMatchObject({ id: placed.id, direction: "outbound" });
  });

  it("who is told who comes", async () => {
    const sid = await carrier.emulator.ring("09800000001", announced);
    const { told } = await isConnected(sid);
    const answer = JSON.parse(noted(told, "connect")[0].answer);
    expect(answer.start_call_playback).toMatchObject({ playback_to: "callee", value: "A caller for you." });
    expect(answer.max_ringing_duration).toBe(5);
  });

  it("who does not pick up: the agent has the caller back, knows it, and goes on", async () => {
    const sid = await carrier.emulator.ring("09800000001", lonely);
    const told = await carrier.emulator.ended(sid);
    expect(noted(told, "connect")).toHaveLength(1);
    expect(noted(told, "connected")).toHaveLength(0);
    expect(noted(told, "stream ended")).toHaveLength(2);
    // Each stream has a row of its own: one clock, one recording.
    const rows = await eventually("both rows are over", async () => {
      const found = await carrier.rowsOf(sid);
      return found.length === 2 && found.every((row) => row.endedAt !== null) && found;
    });
    expect(new Set(rows.map((row) => row.sessionId)).size).toBe(1);
    const [first, second] = await Promise.all(
      rows.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1)).map((row) => carrier.call(row.id)),
    );
    expect(first.transfer).toMatchObject({ status: "failed" });
    expect(first.transfer.detail).not.toBe("");
    expect(heard(second)[0]).toContain("Nobody is free just now.");
    expect(heard(second).join(" ")).not.toContain("Hello, this is the desk.");
    expect(heard(second).at(-1)).toBe("Goodbye.");
    expect(await carrier.emulator.violations(sid)).toEqual([]);
  });

  it("by the API to a number that the agent does not name", async () => {
    const sid = await carrier.emulator.ring("09800000003", lonely);
    const begun = await carrier.rowOf(sid, (call) => call.status === "in_progress");
    await carrier.api.must("POST", `/api/v1/calls/${begun.id}/transfer`, { to: colleague });
    await isConnected(sid);
  });
});

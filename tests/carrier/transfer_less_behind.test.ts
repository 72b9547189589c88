// A caller who is handed to a person where less is behind the stream than in transfer.test.ts: nothing that tells the
// server what came of it, or no flow at all.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../control/support/api.js";
import { CarrierServer, isOver } from "./support/server.js";
import { agentFlow, desk, listens, noted, phone, presses, world } from "./support/worlds.js";

const plain = "08000000001";
const colleague = "+919800000101";

// Nobody tells the server behind Connect what came of it.
const plainFlow = `
  - id: plain
    applets:
      - name: bot
        voicebot: {url: "{server}/api/v1/telephony/exotel/endpoint"}
      - name: human
        connect: {url: "{server}/api/v1/webhooks/exotel/connect", answered: end, unanswered: end}
      - name: end
        hangup: {}
`;

const reception = desk(
  "reception",
  "Hello, this is the desk.",
  `transfer: {to: ["${colleague}"], say: "I am putting you through.", failed_say: "Nobody is free just now.", ring: 5s}
dtmf:
  keys:
    "0": {action: escalate, say: "One moment."}`,
);

let carrier: CarrierServer;

beforeAll(async () => {
  carrier = await CarrierServer.start({
    world: world({
      flows: [agentFlow, plainFlow],
      phones: [phone("08000000000"), phone(plain, "plain")],
      people: [
        presses("+919800000001", "0"),
        `number: "+919800000002", after: 300ms, script: ["wait agent\\ndtmf 0\\nwait agent\\ndtmf 9\\nsilence 40s"]`,
        listens("+919800000003"),
        `number: "${colleague}", after: 300ms, says: "This is the front desk.", talks_for: 1s`,
      ],
    }),
    agent: reception,
    settings: { carrier_webhooks: { ask_after: "3s" } },
  });
});
afterAll(() => carrier?.finish());

const heard = (row: Json): string[] => row.turns.map((turn: Json) => turn.agentHeard);

it("where no callback tells whether somebody picked up, the carrier is asked", async () => {
  const sid = await carrier.emulator.ring("09800000001", plain);
  const told = await carrier.emulator.ended(sid);
  expect(noted(told, "passthru")).toHaveLength(0);
  expect(noted(told, "connected")).toHaveLength(1);
  const row = await carrier.rowOf(sid, (call) => isOver(call) && call.transfer?.status === "connected");
  expect(row.transfer.to).toContain(colleague);
  expect(row.carrierSeconds).toBeGreaterThan(0);
  expect(await carrier.emulator.violations(sid)).toEqual([]);
});

describe.concurrent("a call that was put straight to the agent has nothing behind it", () => {
  const begun = async (to: string): Promise<Json> => {
    const placed = await carrier.place(to, { into: "stream" });
    return carrier.callWhen(placed.id, (call) => call.status === "in_progress");
  };
  const refused = { status: "failed", detail: expect.stringContaining("no flow follows") };

  it("so at the key 0 the agent says that nobody is there, and goes on", async () => {
    const call = await begun("+919800000002");
    await carrier.emulator.ended(call.carrierCallId);
    const row = await carrier.rowOf(call.carrierCallId);
    expect(row).toMatchObject({ status: "completed", endReason: "agent hung up", transfer: refused });
    expect(row.escalationRequested).toBe(true);
    expect(heard(row).join(" ")).toContain("Nobody is free just now.");
    expect(heard(row).join(" ")).not.toContain("I am putting you through.");
    expect(heard(row).at(-1)).toBe("Goodbye.");
    expect(row.events.map((event: Json) => event.kind)).toContain("transfer_refused");
    expect(await carrier.emulator.violations(call.carrierCallId)).toEqual([]);
  });

  it("so the API refuses to transfer it, with the reason", async () => {
    const call = await begun("+919800000003");
    for (const body of [{}, { to: colleague }]) {
      const answer = await carrier.api.post(`/api/v1/calls/${call.id}/transfer`, body);
      expect(answer.status).toBe(409);
      expect(answer.json.detail).toContain("no flow follows");
    }
    const row = await carrier.callWhen(call.id, (one) => one.transfer !== null);
    expect(row).toMatchObject({ status: "in_progress", transfer: refused });
    await carrier.api.must("POST", `/api/v1/calls/${call.id}/hang-up`, {});
    await carrier.emulator.ended(call.carrierCallId);
  });
});

// Flows whose way behind the agent is chosen by a word: Passthru asks for it, SwitchCase goes by it.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CarrierServer, ownNumber } from "./support/server.js";
import { desk, noted, phone, presses, world } from "./support/worlds.js";

const colleague = "+919800000101";

const flow = `
  - id: switch
    applets:
      - name: bot
        voicebot: {url: "{server}/api/v1/telephony/exotel/endpoint"}
      - name: word
        passthru: {url: "{server}/api/v1/webhooks/exotel/switch"}
      - name: way
        switch_case: {cases: {transfer: human, end: end}, otherwise: lost}
      - name: lost
        greeting: {text: "No case has that word."}
      - name: end
        hangup: {}
      - name: human
        connect: {url: "{server}/api/v1/webhooks/exotel/connect"}
`;

let carrier: CarrierServer;

beforeAll(async () => {
  carrier = await CarrierServer.start({
    world: world({
      flows: [flow],
      phones: [phone(ownNumber, "switch")],
      people: [
        presses("+919800000001", "0"),
        presses("+919800000002", "9"),
        `number: "${colleague}", after: 300ms, talks_for: 1s`,
      ],
    }),
    agent: desk("reception", "Hello.", `transfer: {to: ["${colleague}"]}\ndtmf:\n  keys:\n    "0": {action: escalate}`),
  });
});
afterAll(() => carrier?.finish());

describe.concurrent("a flow goes by the word", () => {
  it("transfer, when a person was asked for", async () => {
    const sid = await carrier.emulator.ring("09800000001", ownNumber);
    const told = await carrier.emulator.ended(sid);
    expect(noted(told, "case")).toMatchObject([{ word: "transfer", known: true }]);
    expect(noted(told, "connected")[0].number).toBe(colleague);
    expect(await carrier.rowOf(sid)).toMatchObject({ status: "completed", escalationRequested: true });
    expect(await carrier.emulator.violations(sid)).toEqual([]);
  });

  it("end, when nobody was", async () => {
    const sid = await carrier.emulator.ring("09800000002", ownNumber);
    const told = await carrier.emulator.ended(sid);
    expect(noted(told, "case")).toMatchObject([{ word: "end", known: true }]);
    expect(noted(told, "connect")).toHaveLength(0);
    expect(await carrier.rowOf(sid)).toMatchObject({ status: "completed", transfer: null });
    expect(await carrier.emulator.violations(sid)).toEqual([]);
  });
});

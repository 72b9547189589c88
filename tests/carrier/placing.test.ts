// What goes wrong when a call is placed: answers that leave open whether it was, refusals, limits. Each call is placed
// once at most, and each row says what became of it.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../control/support/api.js";
import { CarrierServer, eventually } from "./support/server.js";
import { desk, listens, presses, world } from "./support/worlds.js";

const people = [presses("+919800000001", "9"), listens("+919800000002")];

describe("an answer that is none", () => {
  let carrier: CarrierServer;
  const numberOf = (index: number) => `+91980000010${index}`;

  beforeAll(async () => {
    carrier = await CarrierServer.start({
      world: world({
        people: [
          ...Array.from({ length: 8 }, (_, index) => presses(numberOf(index), "9")),
          `number: "+919800000009", answer: busy, after: 8s, callbacks: never`,
        ],
      }),
      agent: desk("front"),
    });
  });
  afterAll(() => carrier?.stop());

  const faults: [string, Json][] = [
    ["503", { status: 503, body: "busy", contentType: "text/plain" }],
    ["a page", { status: 200, body: "<html><body>Welcome</body></html>", contentType: "text/html" }],
    ["nothing", { status: 200, body: "", contentType: "application/json" }],
    ["broken JSON", { status: 200, body: '{"Call":{"Sid":', contentType: "application/json" }],
    ["502 as a page", { status: 502, body: "<html>Bad gateway</html>", contentType: "text/html" }],
    ["too late", { status: 0, delayMs: 3000 }],
  ];

  it("is no reason to place a call that was placed again: the row finds its call", async () => {
    const rows: [string, Json][] = [];
    for (const [index, [what, fault]] of faults.entries()) {
      await carrier.emulator.next({ ...fault, place: true });
      const row = await carrier.place(numberOf(index));
      rows.push([what, row]);
      // The next fault is for the next call.
      await eventually(`the call of ${what}`, async () =>
        (await carrier.emulator.calls()).some((call) => call.from === numberOf(index)),
      );
    }
    await Promise.all(
      rows.map(async ([what, row]) => {
        const found = await carrier.callWhen(row.id, (call) => call.carrierCallId !== "", 30_000);
        await carrier.emulator.ended(found.carrierCallId);
        const ended = await carrier.callWhen(row.id);
        expect(ended, what).toMatchObject({ status: "completed", endReason: "agent hung up" });
        await carrier.rowOf(found.carrierCallId);
        const theirs = (await carrier.emulator.calls()).filter((call) => call.from === row.to);
        expect(theirs, what).toHaveLength(1);
        expect(theirs[0].sid, what).toBe(found.carrierCallId);
      }),
    );
    expect(await carrier.emulator.violations()).toEqual([]);
  });

  it("is cleared up by the carrier's list when nothing else tells of the call", async () => {
    await carrier.emulator.next({ status: 503, place: true });
    const placed = await carrier.place("+919800000009");
    const row = await carrier.callWhen(placed.id, (call) => call.carrierCallId !== "");
    const theirs = (await carrier.emulator.calls()).filter((call) => call.from === placed.to);
    expect(theirs.map((call) => call.sid)).toEqual([row.carrierCallId]);
    expect(theirs[0].over).toBe(false);
  });
});

describe.concurrent("a refusal", () => {
  for (const [refuses, status] of [
    ["no_balance", 402],
    ["kyc", 403],
  ] as const)
    it(`of an account (${refuses}) is a failed row with the carrier's reason`, async () => {
      const refusing = `
accounts:
  - {sid: emulated1, api_key: emulated-key, api_token: emulated-token, refuses: ${refuses}}
`;
      const carrier = await CarrierServer.start({
        world: world({ people }).replace(/\naccounts:\n.*\n/, refusing),
        agent: desk("front"),
      });
      try {
        const placed = await carrier.place("+919800000001");
        const row = await carrier.callWhen(placed.id);
        expect(row).toMatchObject({ status: "failed", endReason: "refused by the carrier", carrierCallId: "" });
        expect(row.carrierCause, String(status)).not.toBe("");
        expect(JSON.stringify(row)).not.toContain("emulated-token");
        expect(carrier.server.stderr).not.toContain("emulated-token");
        expect(await carrier.emulator.calls()).toEqual([]);
        const dialled = await carrier.dial("+919800000001");
        expect(dialled.code, dialled.stdout + dialled.stderr).toBe(1);
      } finally {
        await carrier.stop();
      }
    });

  it("of keys that are wrong says so", async () => {
    const carrier = await CarrierServer.start({
      world: world({ people }),
      agent: desk("front"),
      env: { EXOTEL_API_TOKEN: "another-token" },
    });
    try {
      const placed = await carrier.place("+919800000001");
      const row = await carrier.callWhen(placed.id);
      expect(row).toMatchObject({ status: "failed", endReason: "refused by the carrier" });
      expect(JSON.stringify(row) + carrier.server.stderr).not.toContain("another-token");
      expect(await carrier.emulator.calls()).toEqual([]);
    } finally {
      await carrier.stop();
    }
  });
});

describe.concurrent("limits", () => {
  it("of calls at once: the one too many is refused, and one is free when a call is over", async () => {
    const carrier = await CarrierServer.start({
      world: world({ people }),
      agent: desk("front"),
      env: { EXOTEL_MAX_OPEN_CALLS: "2" },
    });
    try {
      const first = await carrier.place("+919800000002");
      const second = await carrier.place("+919800000001");
      const refused = await carrier.api.post("/api/v1/calls", { to: "+919800000001" });
      expect(refused.status, refused.text).toBe(429);
      expect(refused.text).toContain("2 calls");
      await carrier.callWhen(first.id, (call) => call.status === "in_progress" && call.streamId !== "");
      await carrier.api.must("POST", `/api/v1/calls/${first.id}/hang-up`);
      await carrier.callWhen(first.id);
      await eventually("a call is free", async () => {
        const answer = await carrier.api.post("/api/v1/calls", { to: "+919800000001" });
        return answer.status === 201;
      });
      await carrier.callWhen(second.id);
      expect(await carrier.emulator.violations()).toEqual([]);
    } finally {
      await carrier.stop();
    }
  });

  it("of requests in a minute: calls wait their turn, and one that waits can be taken back", async () => {
    const carrier = await CarrierServer.start({
      world: world({ people: [`number: "+919800000003", answer: busy, after: 200ms`, ...people] }),
      agent: desk("front"),
      env: { EXOTEL_REQUESTS_PER_MINUTE: "1" },
    });
    try {
      // A rested account may ask ten times at once.
      const burst = 10;
      const atOnce = await Promise.all(Array.from({ length: burst }, () => carrier.place("+919800000003")));
      await Promise.all(atOnce.map((row) => carrier.callWhen(row.id)));
      const waiting = await carrier.place("+919800000001");
      expect((await carrier.callWhen(waiting.id, () => true)).status).toBe("queued");
      await carrier.api.must("POST", `/api/v1/calls/${waiting.id}/hang-up`);
      const row = await carrier.callWhen(waiting.id);
      expect(row).toMatchObject({ status: "canceled", endReason: "canceled", carrierCallId: "" });
      expect(await carrier.emulator.calls()).toHaveLength(burst);
    } finally {
      await carrier.stop();
    }
  });
});

// Status callbacks as carriers really deliver them: twice, late, in the wrong order, never, in every form and type.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../control/support/api.js";
import { CarrierServer } from "./support/server.js";
import { desk, noted, presses, world } from "./support/worlds.js";

const deliveries = ["normal", "twice", "out_of_order", "late"] as const;
const forms = ["by_events", "long", "short", "other_engine"] as const;

describe.each(forms)("status callbacks in the form %s", (form) => {
  let carrier: CarrierServer;
  const answering = (delivery: number) => `+91980000020${delivery}`;
  const busy = (delivery: number) => `+91980000030${delivery}`;

  beforeAll(async () => {
    carrier = await CarrierServer.start({
      world: world({
        top: `callbacks: {form: ${form}, late_by: 1500ms}`,
        people: deliveries.flatMap((delivery, index) => [
          `${presses(answering(index), "9")}, callbacks: ${delivery}`,
          `number: "${busy(index)}", answer: busy, after: 200ms, callbacks: ${delivery}`,
        ]),
      }),
      agent: desk("front"),
    });
  });
  afterAll(() => carrier?.finish());

  it.concurrent.each(deliveries.map((delivery, index) => [delivery, index] as const))(
    "delivered %s leave one row with the right end",
    async (_delivery, index) => {
      const talked = async () => {
        const placed = await carrier.place(answering(index));
        const row = await carrier.callWhen(placed.id, (call) => call.carrierStatus === "completed");
        expect(row).toMatchObject({ status: "completed", endReason: "agent hung up" });
        return row;
      };
      const engaged = async () => {
        const placed = await carrier.place(busy(index));
        const row = await carrier.callWhen(placed.id);
        expect(row).toMatchObject({ status: "busy", carrierStatus: "busy" });
        return row;
      };
      await Promise.all(
        [talked(), engaged()].map(async (one) => {
          const row: Json = await one;
          const told = await carrier.emulator.ended(row.carrierCallId);
          const posted = told.journal.filter((entry: Json) => entry.what.startsWith("status callback "));
          for (const entry of posted) expect(entry.status).toBe(200);
          await carrier.rowOf(row.carrierCallId);
          expect(await carrier.emulator.violations(row.carrierCallId)).toEqual([]);
        }),
      );
    },
  );
});

describe("status callbacks that never come", () => {
  let carrier: CarrierServer;
  beforeAll(async () => {
    carrier = await CarrierServer.start({
      world: world({ people: [`${presses("+919800000001", "9")}, callbacks: never`] }),
      agent: desk("front"),
    });
  });
  afterAll(() => carrier?.finish());

  it("leave a call with a stream to end with its stream", async () => {
    const placed = await carrier.place("+919800000001");
    const row = await carrier.callWhen(placed.id);
    expect(row).toMatchObject({ status: "completed", endReason: "agent hung up" });
    const told = await carrier.emulator.ended(row.carrierCallId);
    expect(noted(told, "status callback withheld")).not.toHaveLength(0);
    expect(await carrier.emulator.violations()).toEqual([]);
  });
});

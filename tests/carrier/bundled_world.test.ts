// The world and the agent that come with the program understand each other: what people see who try it.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Json } from "../control/support/api.js";
import { runParley } from "../control/support/server.js";
import { CarrierServer, ownNumber } from "./support/server.js";
import { noted } from "./support/worlds.js";

let carrier: CarrierServer;

beforeAll(async () => {
  const printed = await runParley(["exotel-emulator", "--print-world"]);
  carrier = await CarrierServer.start({ world: printed.stdout, agent: "appointment-desk" });
});
afterAll(() => carrier?.finish());

it("the bundled caller asks for the opening hours, is told, and says goodbye", async () => {
  const sid = await carrier.emulator.ring("09800000001", ownNumber);
  const told = await carrier.emulator.ended(sid, "50s");
  expect(noted(told, "stream ended")).toMatchObject([{ status: "completed", disconnectedBy: "bot" }]);
  const row = await carrier.rowOf(sid);
  const [, asked, parted] = row.turns as Json[];
  expect(asked.callerText, JSON.stringify(row.turns)).toContain("opening hours");
  expect(asked.agentHeard).toContain("We are open from nine");
  expect(parted.callerText).toContain("goodbye");
  expect(row).toMatchObject({ status: "completed", endReason: "agent hung up" });
});

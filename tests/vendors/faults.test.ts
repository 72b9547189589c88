// Every kind of fault at every adapter: the call goes on with the fallback, and without one it is polite.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { repositoryRoot } from "../e2e/support/server.js";
import type { Fault } from "../emulators/core/types.js";
import { kAdapters, kPhases, makesSense } from "./faults/adapters.js";
import { type FaultCase, hold, leaks } from "./faults/call.js";
import { outcomeOf } from "./faults/outcome.js";
import { documentText, expectedOf, findRow } from "./faults/table.js";
import { Emulation } from "./support/emulation.js";

// Calls mostly wait for what does not come.
vi.setConfig({ maxConcurrency: Number(process.env["PARLEY_FAULTS_CALLS"] ?? 24) });

const tryAll = process.env["PARLEY_FAULTS"] === "all";

/** The quick run: every fault of every adapter with a fallback, and alone at one adapter of each part, another for each fault. */
function cases(): FaultCase[] {
  const found: FaultCase[] = [];
  const faults = Object.entries(kPhases) as [Fault, (typeof kPhases)[Fault]][];
  faults.forEach(([fault, phases], turn) => {
    for (const adapter of kAdapters) {
      if (!makesSense(adapter.part, fault)) continue;
      const siblings = kAdapters.filter((one) => one.part === adapter.part);
      const isItsTurn = siblings[turn % siblings.length] === adapter;
      for (const phase of phases) {
        if (!findRow(adapter.part, fault, phase)) continue;
        const usual = phase === phases[0];
        if (tryAll || usual) found.push({ adapter, fault, phase, fallback: true });
        if (tryAll || (usual && isItsTurn)) found.push({ adapter, fault, phase, fallback: false });
      }
    }
  });
  return found;
}

let emulation: Emulation;
beforeAll(async () => {
  emulation = await Emulation.start();
});
afterAll(() => emulation?.stop());

test("every fault at every part has its line in the table", () => {
  for (const [fault, phases] of Object.entries(kPhases) as [Fault, (typeof kPhases)[Fault]][])
    for (const { part } of kAdapters)
      if (makesSense(part, fault)) expect(findRow(part, fault, phases[0]!), `${part} ${fault} ${phases[0]}`).toBeDefined();
});

test("docs/vendor-faults.md is the table that the calls are held to", () => {
  const path = join(repositoryRoot, "docs", "vendor-faults.md");
  if (process.env["UPDATE_DOCS"]) writeFileSync(path, documentText());
  expect(readFileSync(path, "utf8")).toBe(documentText());
});

describe.concurrent("a vendor that fails", () => {
  cases().forEach((one, number) => {
    const { adapter, fault, phase, fallback } = one;
    test(`${adapter.part} ${adapter.name}, ${fault} at ${phase}, ${fallback ? "with a fallback" : "alone"}`, async ({ expect }) => {
      const row = findRow(adapter.part, fault!, phase!)!;
      const seen = await hold(emulation, `fault-${number}`, one);
      const told = seen.call.events.map((event) => `${event.kind} ${event.detail}`).join("\n");
      expect(expectedOf(row, adapter.name, fallback), told).toContain(outcomeOf(one, seen));
      expect(seen.alive, "the server answers").toBe(true);
      expect(seen.protocolErrors).toEqual([]);
      expect(leaks(seen, adapter.part), `sockets ${JSON.stringify(seen.sockets)}`).toBe(false);
    });
  });
});

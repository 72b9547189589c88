// What `parley doctor` says of the settings' account at the carrier, and of the address that the carrier is given.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../control/support/api.js";
import { runParley } from "../control/support/server.js";
import { Emulator } from "./support/emulator.js";
import { agentFlow, phone, world } from "./support/worlds.js";

let emulator: Emulator;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "parley-doctor-"));
  emulator = await Emulator.start(world({ flows: [agentFlow], phones: [phone("08000000000")] }), "http://127.0.0.1:1");
});
afterAll(async () => {
  await emulator?.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function doctor(env: Record<string, string>): Promise<{ code: number | null; text: string; checks: Json[] }> {
  const told = await runParley(["doctor", "-o", "json"], {
    env: {
      PARLEY_DATA_DIR: directory,
      EXOTEL_BASE_URL: emulator.url,
      EXOTEL_ACCOUNT_SID: "emulated1",
      EXOTEL_API_KEY: "emulated-key",
      EXOTEL_API_TOKEN: "emulated-token",
      EXOTEL_VIRTUAL_NUMBER: "08000000000",
      ...env,
    },
  });
  return { code: told.code, text: told.stdout, checks: JSON.parse(told.stdout).checks };
}

const ofCarrier = (checks: Json[]): Json[] => checks.filter((one) => one.part.startsWith("carrier"));

describe.concurrent("parley doctor", () => {
  it("finds an account that works, with its number", async () => {
    const { checks, text } = await doctor({});
    expect(ofCarrier(checks)).toMatchObject([
      { part: "carrier (EXOTEL_…)", result: "ok", says: expect.stringMatching(/takes the credentials: active, 0 of 100 streams/) },
      { result: "ok", says: "the number is the account's" },
    ]);
    expect(text).not.toMatch(/emulated-key|emulated-token/);
  });

  const wrong: [what: string, env: Record<string, string>, says: RegExp][] = [
    ["a wrong token", { EXOTEL_API_TOKEN: "another-token" }, /refuses the credentials \(401\): copy the API key/],
    ["a wrong key", { EXOTEL_API_KEY: "another-key" }, /refuses the credentials/],
    ["another account's sid", { EXOTEL_ACCOUNT_SID: "nobody1" }, /refuses the credentials|does not know the account/],
    ["a number of somebody else", { EXOTEL_VIRTUAL_NUMBER: "08099999999" }, /none of the 1 numbers of the account/],
    ["an address where nobody is", { EXOTEL_BASE_URL: "http://127.0.0.1:1" }, /127\.0\.0\.1:1 cannot be reached: check the subdomain/],
  ];
  for (const [what, env, says] of wrong)
    it(`says what is to be done about ${what}`, async () => {
      const { code, checks, text } = await doctor(env);
      expect(code).toBe(1);
      expect(ofCarrier(checks)[0], text).toMatchObject({ result: "bad", says: expect.stringMatching(says) });
      expect(text).not.toMatch(/another-token|another-key|emulated-token/);
    });

  it("wants an address that the carrier can find", async () => {
    const ofAddress = (checks: Json[]): Json => checks.find((one) => one.part === "public address");
    const missing = await doctor({ PUBLIC_URL: "" });
    expect(missing.code).toBe(1);
    expect(ofAddress(missing.checks)).toMatchObject({ result: "bad", says: expect.stringContaining("PUBLIC_URL is not set") });
    const away = await doctor({ PUBLIC_URL: "http://127.0.0.1:1" });
    expect(ofAddress(away.checks)).toMatchObject({ result: "bad", says: expect.stringContaining("nobody answers") });
  });
});

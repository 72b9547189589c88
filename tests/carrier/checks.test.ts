// Whoever presses "check" is told whether the carrier takes the account, whether the number is the account's, who
// answers, and whether the carrier would find this server.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../control/support/api.js";
import { CarrierServer, ownNumber } from "./support/server.js";
import { desk, listens, phone, world } from "./support/worlds.js";

const aboutOf = (check: Json) => check.findings.map(({ level, about }: Json) => `${about} ${level}`);

describe("a check", () => {
  let carrier: CarrierServer;
  const strange = "08099999999";

  beforeAll(async () => {
    carrier = await CarrierServer.start({
      world: world({ people: [listens("+919800000001")], phones: [phone(ownNumber)] }),
      agents: [desk("front")],
      numbers: { [ownNumber]: "front", [strange]: "front" },
    });
  });
  afterAll(() => carrier?.stop());

  const numbers = async (): Promise<Record<string, string>> => {
    const { items } = await carrier.api.must("GET", "/api/v1/phone-numbers");
    return Object.fromEntries(items.map(({ phoneNumber, id }: Json) => [phoneNumber.replace("+91", "0"), id]));
  };
  const checkNumber = async (number: string) =>
    carrier.api.must("POST", `/api/v1/phone-numbers/${(await numbers())[number]}/check`);

  it("of an account that works says so", async () => {
    const check = await carrier.api.must("POST", "/api/v1/telephony-configurations/settings/check");
    expect(check.ok, JSON.stringify(check)).toBe(true);
    expect(aboutOf(check)).toEqual(["credentials ok", "number ok"]);
    expect(JSON.stringify(check)).not.toContain("emulated-token");
  });

  it("of a number goes from the carrier to the agent and back to this server", async () => {
    const check = await checkNumber(ownNumber);
    expect(check.ok, JSON.stringify(check)).toBe(true);
    // The tests' server is on this machine: no carrier could reach it.
    expect(aboutOf(check)).toEqual(["credentials ok", "number ok", "agent ok", "publicUrl warning"]);
    expect(check.findings[2].text).toContain("front");
  });

  it("says what is wrong with a number", async () => {
    const id = (await numbers())[strange];
    await carrier.api.must("PATCH", `/api/v1/phone-numbers/${id}`, { status: "inactive" });
    const check = await checkNumber(strange);
    expect(check.ok).toBe(false);
    expect(aboutOf(check)).toEqual(["number error", "number error", "credentials ok", "publicUrl warning"]);
    expect(check.findings[0].fix).not.toBe("");
  });

  it("of an account that cannot be used says why, without asking anybody", async () => {
    const { id } = await carrier.api.must("POST", "/api/v1/telephony-configurations", {
      name: "half",
      provider: "exotel",
      apiKey: "key",
      apiToken: "token",
      sid: "acme1",
      domain: "voice.example.com",
    });
    const check = await carrier.api.must("POST", `/api/v1/telephony-configurations/${id}/check`);
    expect(check).toMatchObject({ ok: false, findings: [{ level: "error", about: "credentials" }] });
  });
});

describe("a check with wrong credentials", () => {
  let carrier: CarrierServer;
  beforeAll(async () => {
    carrier = await CarrierServer.start({
      world: world({ people: [listens("+919800000001")] }),
      agents: [desk("front")],
      env: { EXOTEL_API_TOKEN: "wrong-token" },
    });
  });
  afterAll(() => carrier?.stop());

  it("says that they are refused, and never what they are", async () => {
    const check = await carrier.api.must("POST", "/api/v1/telephony-configurations/settings/check");
    expect(check).toMatchObject({ ok: false, findings: [{ level: "error", about: "credentials" }] });
    expect(check.findings[0].text).toMatch(/refuses the credentials/);
    expect(JSON.stringify(check)).not.toContain("wrong-token");
  });
});

// /api/phone-numbers as set-ups of the voice bot builder use it: requests and answers as its description has them.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, type Json, api, becomeOwner } from "./support/api.js";
import { callOf, greeter, greetingAt, publish, shortCall } from "./support/flows.js";
import { Server } from "./support/server.js";

// The body of POST /api/phone-numbers to the letter.
const importBody = `{
  "phoneNumber": "+919876543210",
  "displayName": "Support Line",
  "provider": "exotel",
  "exotelConfig": {
    "apiKey": "your_api_key",
    "apiToken": "your_api_token",
    "sid": "your_account_sid",
    "appId": "optional_app_id",
    "domain": "api.in.exotel.com",
    "region": "in"
  },
  "linkedAgentId": "agent_id"
}`;
const headers = { "content-type": "application/json" };

// What every number in an answer has, in the shape of the description.
function expectShape(number: Json): void {
  for (const name of ["id", "phoneNumber", "displayName", "provider", "linkedAgentId", "webhookUrl", "websocketUrl", "status"])
    expect(typeof number[name], name).toBe("string");
  expect(number.webhookUrl).toBe(`https://your-domain.com/api/telephony/webhook/${number.id}`);
  expect(number.websocketUrl).toBe(`wss://your-domain.com/api/telephony/ws/${number.id}`);
}

describe("the literal requests", () => {
  let server: Server;
  let client: Api;
  let number: Json;
  beforeAll(async () => {
    server = await Server.start({ env: { NEXT_PUBLIC_APP_URL: "https://your-domain.com" } });
    client = api(server);
    for (const name of ["agent_id", "agent_123", "new_agent_id"]) await publish(client, greeter(name));
  });
  afterAll(() => server.stop());

  test("POST imports a number with its carrier's account", async () => {
    const answer = await client.request("POST", "/api/phone-numbers", { body: importBody, headers });
    expect(answer.status).toBe(201);
    expect(answer.json.success).toBe(true);
    number = answer.json.phoneNumber;
    expectShape(number);
    expect(number).toMatchObject({
      phoneNumber: "+919876543210",
      displayName: "Support Line",
      provider: "exotel",
      linkedAgentId: "agent_id",
      status: "active",
    });
    expect(number.exotelConfig).toEqual({
      sid: "your_account_sid",
      appId: "optional_app_id",
      domain: "api.in.exotel.com",
      region: "in",
    });
    expect(answer.text).not.toContain("your_api_key");
    expect(answer.text).not.toContain("your_api_token");
  });

  test("GET lists it, with and without the userId", async () => {
    for (const query of ["", "?userId=mukul"]) {
      const answer = await client.get(`/api/phone-numbers${query}`);
      expect(answer.status).toBe(200);
      expect(Object.keys(answer.json)).toEqual(["success", "phoneNumbers"]);
      expect(answer.json.success).toBe(true);
      expect(answer.json.phoneNumbers).toEqual([number]);
      expect(answer.text).not.toContain("your_api_token");
    }
    expect((await client.get("/api/phone-numbers?userId=somebody")).json).toEqual({ success: true, phoneNumbers: [] });
  });

  test("the linked agent answers", async () => {
    const address = new URL(number.websocketUrl).pathname;
    expect(await greetingAt(client, server, address)).toBe("This is agent_id.");
  });

  test("PUT changes the number whose id is in the body", async () => {
    const answer = await client.put("/api/phone-numbers", {
      id: number.id,
      displayName: "New Name",
      linkedAgentId: "new_agent_id",
      status: "active",
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      success: true,
      phoneNumber: { id: number.id, displayName: "New Name", linkedAgentId: "new_agent_id", status: "active" },
    });
    // The account stays as it was.
    expect(answer.json.phoneNumber.exotelConfig).toEqual(number.exotelConfig);
    const address = new URL(number.websocketUrl).pathname;
    expect(await greetingAt(client, server, address)).toBe("This is new_agent_id.");
    expect((await client.get("/api/phone-numbers")).json.phoneNumbers[0].linkedAgentId).toBe("new_agent_id");
  });

  test("PUT with status inactive: nobody answers", async () => {
    const put = (status: string) => client.put("/api/phone-numbers", { id: number.id, status });
    expect((await put("inactive")).json.phoneNumber.status).toBe("inactive");
    const address = new URL(number.websocketUrl).pathname;
    await expect(shortCall(server, address)).rejects.toThrow();
    expect((await put("active")).json.phoneNumber.status).toBe("active");
  });

  test("the canonical address knows the same number", async () => {
    const canonical = await client.must("GET", `/api/v1/phone-numbers/${number.id}`);
    expect(canonical).toMatchObject({ phoneNumber: "+919876543210", displayName: "New Name" });
    expect(canonical.telephonyConfigurationId).not.toBeNull();
  });

  test("DELETE removes the number of ?id=", async () => {
    const answer = await client.delete(`/api/phone-numbers?id=${number.id}`);
    expect(answer.status).toBe(200);
    expect(answer.json.success).toBe(true);
    expect((await client.get("/api/phone-numbers")).json.phoneNumbers).toEqual([]);
    expect((await client.delete(`/api/phone-numbers?id=${number.id}`)).status).toBe(404);
  });

  test("agents may be named by id as well, and by nothing: then the latest answers", async () => {
    const agent = await client.must("GET", "/api/v1/agents/agent_123");
    const linked = await client.must("POST", "/api/phone-numbers", { phoneNumber: "+919876543211", linkedAgentId: agent.id });
    expect(linked.phoneNumber.linkedAgentId).toBe(agent.id);
    const free = await client.must("POST", "/api/phone-numbers?userId=asha", { phoneNumber: "+919876543212" });
    expect(free.phoneNumber).toMatchObject({ linkedAgentId: null, userId: "asha" });
    const call = await callOf(client, await shortCall(server, new URL(free.phoneNumber.websocketUrl).pathname));
    expect(call.agent).toBe("new_agent_id");
    const hers = (await client.get("/api/phone-numbers?userId=asha")).json.phoneNumbers;
    expect(hers.map((one: Json) => one.id)).toEqual([free.phoneNumber.id]);
  });
});

describe("errors", () => {
  let server: Server;
  let client: Api;
  beforeAll(async () => {
    server = await Server.start();
    client = api(server);
  });
  afterAll(() => server.stop());

  const wrong: [string, string, string, unknown, number][] = [
    ["no number", "POST", "/api/phone-numbers", { displayName: "x" }, 400],
    ["another carrier", "POST", "/api/phone-numbers", { phoneNumber: "+919876543210", provider: "pigeon" }, 400],
    ["another region", "POST", "/api/phone-numbers", { phoneNumber: "+919876543210", exotelConfig: { region: "mars" } }, 400],
    ["half an account", "POST", "/api/phone-numbers", { phoneNumber: "+919876543210", exotelConfig: { sid: "s" } }, 400],
    ["an agent that is not there", "POST", "/api/phone-numbers", { phoneNumber: "+919876543210", linkedAgentId: "x" }, 400],
    ["a member nobody knows", "POST", "/api/phone-numbers", { phoneNumber: "+919876543210", colour: "red" }, 400],
    ["no id", "PUT", "/api/phone-numbers", { displayName: "x" }, 400],
    ["an id nobody has", "PUT", "/api/phone-numbers", { id: "phone_id", displayName: "x" }, 404],
    ["no id in the query", "DELETE", "/api/phone-numbers", undefined, 400],
    ["an id nobody has in the query", "DELETE", "/api/phone-numbers?id=phone_id", undefined, 404],
    ["a status nobody knows", "PUT", "/api/phone-numbers", { id: "phone_id", status: "asleep" }, 400],
  ];
  test.each(wrong)("%s: success is false and nothing is changed", async (_name, method, path, json, status) => {
    const answer = await client.request(method, path, json === undefined ? {} : { json });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(answer.json).toMatchObject({ success: false, status });
    expect(answer.json.error).toMatch(/\w/);
    expect((await client.get("/api/phone-numbers")).json).toEqual({ success: true, phoneNumbers: [] });
    expect((await client.get("/api/v1/telephony-configurations")).json).toEqual({ items: [] });
  });

  test("a body that is no JSON", async () => {
    const answer = await client.request("POST", "/api/phone-numbers", { body: "{", headers });
    expect(answer.status).toBe(400);
    expect(answer.json.success).toBe(false);
  });

  test("without credentials, once there is an owner", async () => {
    const owner = await becomeOwner(server);
    const answer = await client.get("/api/phone-numbers");
    expect(answer.status).toBe(401);
    expect(answer.json).toMatchObject({ success: false });
    expect((await owner.get("/api/phone-numbers")).json).toEqual({ success: true, phoneNumbers: [] });
  });
});

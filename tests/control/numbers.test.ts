// Who answers which number, at every address a call can come in on.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Refused } from "../e2e/support/exotel.js";
import { type Api, api } from "./support/api.js";
import { callOf, dial, greeter, greetingAt, importNumber, publish, shortCall } from "./support/flows.js";
import { Server } from "./support/server.js";

const publicUrl = "https://voice.example.com";

describe.concurrent("numbers", () => {
  let server: Server;
  let client: Api;
  beforeAll(async () => {
    server = await Server.start({ env: { PUBLIC_URL: publicUrl } });
    client = api(server);
    for (const name of ["sales", "support"]) await publish(client, greeter(name));
  });
  afterAll(() => server.stop());

  test("the answer holds the addresses that go into the carrier's portal", async () => {
    const number = await importNumber(client, "+919100000001", "sales");
    expect(number).toMatchObject({
      phoneNumber: "+919100000001",
      status: "active",
      webhookUrl: `${publicUrl}/api/telephony/webhook/${number.id}`,
      websocketUrl: `wss://voice.example.com/api/telephony/ws/${number.id}`,
      dynamicEndpointUrl: `${publicUrl}/api/v1/telephony/exotel/endpoint/${number.id}`,
    });
    expect(await client.must("GET", `/api/v1/phone-numbers/${number.id}`)).toEqual(number);
    expect((await client.must("GET", "/api/v1/phone-numbers")).items).toContainEqual(number);
  });

  test("the linked agent answers on the number's address; the call is filed under the number", async () => {
    const number = await importNumber(client, "+919100000002", "sales");
    const address = `/api/telephony/ws/${number.id}`;
    const call = await callOf(client, await shortCall(server, address));
    expect(call).toMatchObject({ agent: "sales", phoneId: number.id });
    const listed = await client.must("GET", `/api/v1/calls?phoneId=${number.id}`);
    expect(listed.items.map((one: { id: string }) => one.id)).toEqual([call.id]);

    const relinked = await client.must("PATCH", `/api/v1/phone-numbers/${number.id}`, { linkedAgentId: "support" });
    expect(relinked.etag).toBeGreaterThan(number.etag);
    expect(await greetingAt(client, server, address)).toBe("This is support.");
  });

  test("by the number in the start message the same agent answers on the common address", async () => {
    await importNumber(client, "+919100000003", "sales");
    // However the carrier writes it.
    for (const to of ["+919100000003", "09100000003", "919100000003"])
      expect(await greetingAt(client, server, "/media", { to })).toBe("This is sales.");
    expect(await greetingAt(client, server, "/api/v1/telephony/exotel/stream", { to: "09100000003" })).toBe(
      "This is sales.",
    );
  });

  test("an inactive number is refused, at both addresses, until it is active again", async () => {
    const number = await importNumber(client, "+919100000004", "sales");
    const address = `/api/telephony/ws/${number.id}`;
    await client.must("PATCH", `/api/v1/phone-numbers/${number.id}`, { status: "inactive" });
    for (const [path, to] of [[address, "04400000000"], ["/media", "+919100000004"]] as const) {
      // The stream may be refused at the door or closed when it has said which number was called.
      const outcome = await dial(server, path, { to }).then(
        async (caller) => {
          const closed = await caller.closed();
          expect(caller.messages("media")).toEqual([]);
          return closed.code;
        },
        (error: Refused) => error.status,
      );
      expect(outcome).not.toBe(1000);
    }
    await client.must("PATCH", `/api/v1/phone-numbers/${number.id}`, { status: "active" });
    expect(await greetingAt(client, server, address)).toBe("This is sales.");
  });

  test("a number that was deleted is answered no more", async () => {
    const number = await importNumber(client, "+919100000005", "sales");
    expect((await client.delete(`/api/v1/phone-numbers/${number.id}`)).status).toBe(204);
    expect((await client.get(`/api/v1/phone-numbers/${number.id}`)).status).toBe(404);
    const caller = await dial(server, `/api/telephony/ws/${number.id}`).catch((error: Refused) => error);
    if (!(caller instanceof Refused)) {
      expect((await caller.closed()).code).not.toBe(1000);
      expect(caller.messages("media")).toEqual([]);
    }
  });

  test("what cannot be: a number twice, an agent that is not there, a number that is none", async () => {
    await importNumber(client, "+919100000006");
    expect((await client.post("/api/v1/phone-numbers", { phoneNumber: "+919100000006" })).status).toBe(409);
    // Written another way it is the same number.
    expect((await client.post("/api/v1/phone-numbers", { phoneNumber: "+91 91000 00006" })).status).toBe(409);
    const ghost = await client.post("/api/v1/phone-numbers", { phoneNumber: "+919100000007", linkedAgentId: "ghost" });
    expect(ghost.status).toBe(400);
    expect(ghost.json.errors[0].pointer).toBe("/body/linkedAgentId");
    expect((await client.post("/api/v1/phone-numbers", { phoneNumber: "not a number" })).status).toBe(400);
  });
});

describe("a number without a link", () => {
  test("is answered by the agent that was published last", async () => {
    const server = await Server.start();
    try {
      const client = api(server);
      const number = await importNumber(client, "+919100000010");
      expect(number.linkedAgentId).toBeNull();
      const address = `/api/telephony/ws/${number.id}`;
      // Nobody has published anything: the agent the server was started with.
      expect(await greetingAt(client, server, address)).toContain("bench agent");
      const older = await publish(client, greeter("older"));
      await publish(client, greeter("newer"));
      expect(await greetingAt(client, server, address)).toBe("This is newer.");
      await client.must("POST", `/api/v1/agents/${older.id}/rollback`, { version: 1 });
      expect(await greetingAt(client, server, address)).toBe("This is older.");
      // A number that is linked is not concerned.
      const linked = await importNumber(client, "+919100000011", "newer");
      expect(await greetingAt(client, server, `/api/telephony/ws/${linked.id}`)).toBe("This is newer.");
      const unlinked = await client.must("PATCH", `/api/v1/phone-numbers/${linked.id}`, { linkedAgentId: null });
      expect(unlinked.linkedAgentId).toBeNull();
      expect(await greetingAt(client, server, `/api/telephony/ws/${linked.id}`)).toBe("This is older.");
    } finally {
      await server.stop();
    }
  });
});

describe("carriers' accounts", () => {
  test("credentials go in and never come out", async () => {
    const server = await Server.start();
    try {
      const client = api(server);
      const made = await client.must("POST", "/api/v1/telephony-configurations", {
        name: "Main",
        provider: "exotel",
        apiKey: "carrier-key-9f2",
        apiToken: "carrier-token-7c1",
        sid: "acme1",
        region: "in",
      });
      expect(made).toMatchObject({ name: "Main", sid: "acme1", region: "in", hasCredentials: true });
      const changed = await client.must("PATCH", `/api/v1/telephony-configurations/${made.id}`, { name: "First" });
      expect(changed).toMatchObject({ name: "First", sid: "acme1", hasCredentials: true });
      const number = await client.must("POST", "/api/v1/phone-numbers", {
        phoneNumber: "+919100000020",
        telephonyConfigurationId: made.id,
      });
      // An account in use stays.
      expect((await client.delete(`/api/v1/telephony-configurations/${made.id}`)).status).toBe(409);
      const seen = [
        JSON.stringify([made, changed, number]),
        (await client.get("/api/v1/telephony-configurations")).text,
        (await client.get("/api/v1/audit-log")).text,
      ].join("\n");
      expect(seen).not.toContain("carrier-key-9f2");
      expect(seen).not.toContain("carrier-token-7c1");
      await client.delete(`/api/v1/phone-numbers/${number.id}`);
      expect((await client.delete(`/api/v1/telephony-configurations/${made.id}`)).status).toBe(204);
    } finally {
      await server.stop();
    }
  });
});

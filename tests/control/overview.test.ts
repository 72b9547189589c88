// What a newcomer and a supervisor see first, and what the dashboard goes by: sums of a day, what is still to be done,
// agents to begin with, choices, and what one may do.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { speech } from "../e2e/support/wav.js";
import { type Api, type Json, api } from "./support/api.js";
import { EventReader, callOf, dial, greeter, importNumber, publish } from "./support/flows.js";
import { Server, eventually } from "./support/server.js";
import { Workspace, uniqueNumber } from "./support/workspace.js";

const none = {
  talkedToAgent: false,
  keysSet: false,
  numberImported: false,
  publicUrl: false,
  agentPublished: false,
  phoneCallTaken: false,
};

describe("the overview", () => {
  let server: Server;
  let client: Api;
  beforeAll(async () => {
    server = await Server.start({ settings: { outbound: { allow: ["127.0.0.0/8"] } } });
    client = api(server);
  });
  afterAll(() => server.stop());
  const overview = (query: Record<string, string> = {}): Promise<Json> =>
    client.must("GET", "/api/v1/overview", undefined, { query });
  const overviewWhen = (what: string, ready: (found: Json) => boolean): Promise<Json> =>
    eventually(what, async () => {
      const found = await overview();
      return ready(found) && found;
    });

  test("of a fresh server says what is to be done first", async () => {
    const fresh = await overview();
    expect(fresh).toMatchObject({ running: 0, calls: 0, answered: 0, missed: 0, answerRate: null, minutes: 0 });
    expect(fresh).toMatchObject({ medianResponseMs: null, p95ResponseMs: null, costs: [], checklist: none });
    expect(fresh.since).toBe(`${new Date().toISOString().slice(0, 10)}T00:00:00.000Z`);
  });

  test("ticks off what is done", async () => {
    await publish(client, greeter("desk"));
    await importNumber(client, uniqueNumber());
    await client.must("PUT", "/api/v1/provider-keys/openai", { key: "sk-0123456789abcdef4f7a", url: "https://127.0.0.1:9" });
    await client.must("POST", "/api/v1/chat", { agent: "desk", message: "Hello" });
    const done = { ...none, keysSet: true, numberImported: true, agentPublished: true, talkedToAgent: true };
    await overviewWhen("the list", ({ checklist }) => JSON.stringify(checklist) === JSON.stringify({ ...done }));
  });

  test("counts calls, and tells how long callers wait for an answer", async () => {
    const caller = await dial(server);
    await caller.agentFinished();
    await overviewWhen("one is running", ({ running }) => running === 1);
    const before = caller.received.length;
    await caller.say(speech("yes_please"));
    await caller.agentSpeaks(before);
    await caller.agentFinished();
    await caller.hangUp();
    const call = await callOf(client, caller);
    const spoken = call.turns.filter((turn: Json) => turn.inputKind === "speech" && turn.latencyMs.sent !== null);
    const found = await overviewWhen("its sums", ({ calls, running }) => calls === 1 && running === 0);
    expect(found).toMatchObject({ answered: 1, missed: 0, answerRate: 1 });
    expect(found.minutes).toBeCloseTo(call.durationMs / 60_000, 2);
    if (spoken.length === 1) expect(found.medianResponseMs).toBeCloseTo(spoken[0].latencyMs.sent, 3);
    expect(found.p95ResponseMs === null).toBe(spoken.length === 0);
    const later = await overview({ since: new Date(Date.now() + 60_000).toISOString() });
    expect(later).toMatchObject({ calls: 0, answerRate: null });
    expect((await client.get("/api/v1/overview", { query: { since: "yesterday" } })).status).toBe(400);
  });
});

describe("what an editor begins with", () => {
  let server: Server;
  let client: Api;
  beforeAll(async () => {
    server = await Server.start();
    client = api(server);
  });
  afterAll(() => server.stop());

  test("agents are made and published of the samples as they are", async () => {
    const { items } = await client.must("GET", "/api/v1/agents/samples");
    expect(items.map(({ name }: Json) => name)).toEqual(expect.arrayContaining(["appointment-desk", "lead-qualifier"]));
    for (const { name, yaml, config, summary } of items) {
      expect(summary).not.toBe("");
      const made = await client.must("POST", "/api/v1/agents", { yaml });
      expect(made).toMatchObject({ name, yaml, config, hasDraft: true });
    }
    const published = await client.must("POST", "/api/v1/agents/appointment-desk/publish", {});
    expect(published.publishedVersion).toBe(1);
  });

  test("choices know the providers of the server, and which of them are ready", async () => {
    const choices = await client.must("GET", "/api/v1/choices");
    const of = (part: string, name: string) => choices[part].find(({ provider }: Json) => provider === name);
    expect(of("tts", "local")).toMatchObject({ ready: true });
    expect(of("tts", "sarvam").voices).toContainEqual(
      expect.objectContaining({ id: "anushka", gender: "female", models: ["bulbul:v2"] }),
    );
    expect(of("llm", "gemini-compat").ready).toBe(false);
    expect(of("stt", "deepgram").ready).toBe(false);
    await client.must("PUT", "/api/v1/provider-keys/deepgram", { key: "0123456789abcdef0123456789" });
    const after = await client.must("GET", "/api/v1/choices");
    expect(after.stt.find(({ provider }: Json) => provider === "deepgram").ready).toBe(true);
    // Whatever a provider is for, it is among the choices for it.
    const { items } = await client.must("GET", "/api/v1/providers");
    for (const { name, parts } of items) for (const part of parts) expect(of(part, name), `${part} ${name}`).toBeDefined();
  });
});

describe("a browser", () => {
  let server: Server;
  let workspace: Workspace;
  beforeAll(async () => {
    server = await Server.start();
    workspace = await Workspace.first(server);
  });
  afterAll(() => server.stop());

  test("follows events with its cookie alone, as EventSource sends it", async () => {
    const { cookie } = workspace.owner.credentials;
    const reader = await EventReader.open(api(server, { cookie: cookie! }), "/api/v1/events");
    const { id } = await workspace.makeCall();
    await reader.until("the call's end", (events) =>
      events.some(({ event, data }) => event === "call.ended" && data.callId === id),
    );
    reader.close();
    const stranger = await api(server).raw("GET", "/api/v1/events");
    expect(stranger.status).toBe(401);
    await stranger.body?.cancel();
  });

  test("learns from /me what its user may do", async () => {
    const may = { viewer: "*:read", editor: "*:write", owner: "*:admin" } as const;
    for (const role of ["viewer", "editor", "owner"] as const) {
      const user = await workspace.user(role);
      const me = await user.must("GET", "/api/v1/me");
      expect(me).toMatchObject({ kind: "user", role, permissions: [may[role]], csrfToken: expect.any(String) });
    }
  });

  test("sees in the list of running calls whose they are and what is known so far", async () => {
    const { id, caller } = await workspace.liveCall();
    const { items } = await workspace.owner.must("GET", "/api/v1/live/calls");
    expect(items.find((call: Json) => call.id === id)).toMatchObject({
      direction: "inbound",
      carrier: "exotel",
      phoneId: workspace.numberId,
      agentVersion: expect.stringMatching(/^[0-9a-f]{16}$/),
      slots: {},
    });
    await caller.hangUp();
  });
});

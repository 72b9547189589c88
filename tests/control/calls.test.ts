// The call log from outside: what is found, how it is paged, what a call's page holds, and what goes when it is removed.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ExotelCaller } from "../e2e/support/exotel.js";
import { readWav, speech } from "../e2e/support/wav.js";
import { type Api, type Json, api } from "./support/api.js";
import { callOf, dial, greeter, heardCall, importNumber, keypad, publish, shortCall } from "./support/flows.js";
import { Server, eventually } from "./support/server.js";

const idsOf = (page: Json): string[] => page.items.map((one: Json) => one.id);

async function everyPage(client: Api, query: Record<string, string | number>): Promise<Json[][]> {
  const pages: Json[][] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: Json = await client.must("GET", "/api/v1/calls", undefined, {
      query: { ...query, ...(cursor === "" ? {} : { cursor }) },
    });
    pages.push(page.items);
    cursor = page.nextCursor;
  }
  return pages;
}

// Presses a key and hears the answer to its end.
async function answeredKey(caller: ExotelCaller, key: string): Promise<void> {
  const before = caller.received.length;
  caller.dtmf(key);
  await caller.agentSpeaks(before);
  await caller.agentFinished();
}

// Quoted cells, as RFC 4180 has them.
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n|$)/g)) {
    if (quoted === undefined && plain === "" && end === "") continue;
    rows.at(-1)!.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end === "\r\n") rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}

describe("finding calls", () => {
  let server: Server;
  let client: Api;
  let desk: Json[];
  let before: string;
  let middle: string;
  let number: Json;
  const formula = '=HYPERLINK("http://evil.example","x")';

  beforeAll(async () => {
    server = await Server.start();
    client = api(server);
    await publish(client, greeter("desk", "Welcome to the marigold desk."));
    await publish(client, keypad("keys"));
    number = await importNumber(client, "+919200000001", "desk");
    before = new Date().toISOString();
    desk = [];
    for (const from of ["+919811100001", "+919811100002"])
      desk.push(await callOf(client, await heardCall(server, `/api/telephony/ws/${number.id}`, { from })));
    middle = new Date(Date.parse(desk[1].startedAt) + 1).toISOString();
    // Later than the middle by the clock of the log.
    await eventually("the next millisecond", async () => new Date().toISOString() > middle);

    const escalated = await dial(server, "/media", { from: "+919811100003", customParameters: { agent: "bench" } });
    await escalated.agentSpeaks();
    escalated.dtmf("0");
    await callOf(client, escalated, (call) => call.events.some((one: Json) => one.kind === "escalation_requested"));
    await escalated.hangUp();
    await callOf(client, escalated);

    const done = await dial(server, "/media", { from: formula, customParameters: { agent: "keys" } });
    await done.agentFinished();
    await answeredKey(done, "1");
    done.dtmf("9");
    await done.closed();
    await callOf(client, done);
  });
  afterAll(() => server.stop());

  const find = (query: Record<string, string | number>) =>
    client.must("GET", "/api/v1/calls", undefined, { query });

  test("by each filter alone", async () => {
    const all = (await find({})).items;
    expect(all).toHaveLength(4);
    expect(idsOf(await find({ agent: "desk" })).sort()).toEqual(desk.map((one) => one.id).sort());
    expect(idsOf(await find({ number: "9811100001" }))).toEqual([desk[0].id]);
    expect(idsOf(await find({ number: "09811100001" }))).toEqual([desk[0].id]);
    expect(idsOf(await find({ phoneId: number.id }))).toHaveLength(2);
    expect(idsOf(await find({ sessionId: desk[1].sessionId }))).toEqual([desk[1].id]);
    expect(idsOf(await find({ status: "completed" }))).toHaveLength(4);
    expect(idsOf(await find({ status: "in_progress" }))).toEqual([]);
    expect(idsOf(await find({ direction: "inbound" }))).toHaveLength(4);
    expect(idsOf(await find({ direction: "outbound" }))).toEqual([]);
    expect((await find({ outcome: "escalated" })).items.map((one: Json) => one.agent)).toEqual(["bench"]);
    expect(idsOf(await find({ outcome: desk[0].endReason }))).toContain(desk[0].id);
    expect(idsOf(await find({ since: middle }))).toHaveLength(2);
    expect(idsOf(await find({ before: middle })).sort()).toEqual(desk.map((one) => one.id).sort());
    expect(idsOf(await find({ since: before }))).toHaveLength(4);
    expect(idsOf(await find({ before }))).toEqual([]);
  });

  test("by words of the transcript", async () => {
    expect(idsOf(await find({ text: "marigold" }))).toHaveLength(2);
    expect(idsOf(await find({ text: "MARIGOLD desk" }))).toHaveLength(2);
    expect(idsOf(await find({ text: "marig" }))).toHaveLength(2);
    expect((await find({ text: "that was one" })).items.map((one: Json) => one.agent)).toEqual(["keys"]);
    expect(idsOf(await find({ text: "tulip" }))).toEqual([]);
    // What means something to a search engine is only text here.
    for (const text of ['"', "marigold OR", "a* AND (", "NEAR(", "'; DROP TABLE calls;--", "%", "_"])
      expect((await client.get("/api/v1/calls", { query: { text } })).status).toBe(200);
    expect((await find({})).items).toHaveLength(4);
  });

  test("by filters together", async () => {
    expect(idsOf(await find({ agent: "desk", number: "9811100002", text: "welcome", since: before, before: middle }))).toEqual([
      desk[1].id,
    ]);
    expect(idsOf(await find({ agent: "desk", number: "9811100003" }))).toEqual([]);
    expect(idsOf(await find({ agent: "desk", since: middle }))).toEqual([]);
  });

  test("what a filter cannot be is told", async () => {
    for (const query of ["since=yesterday", "status=sleeping", "direction=sideways", "limit=0", "limit=9999", "number=1", "cursor=!!", "colour=red"])
      expect((await client.get(`/api/v1/calls?${query}`)).status, query).toBe(400);
    expect((await client.get("/api/v1/calls/01ARZ3NDEKTSV4RRFFQ69G5FAV")).status).toBe(404);
    // A beginning of an id is no address.
    expect((await client.get(`/api/v1/calls/${desk[0].id.slice(0, 20)}`)).status).toBe(404);
  });

  test("as a table, filtered the same way, with formulas disarmed", async () => {
    const answer = await client.get("/api/v1/calls.csv");
    expect(answer.headers.get("content-type")).toContain("text/csv");
    expect(answer.headers.get("content-disposition")).toContain("attachment");
    const [header, ...rows] = parseCsv(answer.text);
    expect(rows).toHaveLength(4);
    const column = (name: string) => rows.map((row) => row[header!.indexOf(name)]);
    expect(column("from")).toContain("+919811100001");
    // As text, which no spreadsheet runs.
    expect(column("from")).toContain(`'${formula}`);
    for (const cell of rows.flat()) expect(cell).not.toMatch(/^[=@\t\r]/);
    expect(column("status")).toEqual(["completed", "completed", "completed", "completed"]);
    expect(column("escalated").filter((one) => one === "yes")).toHaveLength(1);
    expect(parseCsv((await client.get("/api/v1/calls.csv?agent=desk")).text)).toHaveLength(3);
  });
});

describe("many calls", () => {
  const count = 120;
  let server: Server;
  let client: Api;
  beforeAll(async () => {
    server = await Server.start();
    client = api(server);
    for (let first = 0; first < count; first += 20)
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          shortCall(server, "/media", { from: `+9198222${String(first + i).padStart(5, "0")}` }),
        ),
      );
    await eventually("all calls over", async () => {
      const page = await client.must("GET", "/api/v1/calls?limit=200&status=completed");
      return page.items.length === count;
    });
  });
  afterAll(() => server.stop());

  test("every page follows the one before: all calls, newest first, none twice", async () => {
    const pages = await everyPage(client, { limit: 25 });
    expect(pages.map((page) => page.length)).toEqual([25, 25, 25, 25, 20]);
    const calls = pages.flat();
    expect(new Set(calls.map((one) => one.id)).size).toBe(count);
    const times = calls.map((one) => one.startedAt);
    expect(times).toEqual([...times].sort().reverse());
  });

  test("calls that come while somebody leafs move nothing", async () => {
    const first = await client.must("GET", "/api/v1/calls?limit=50");
    const expected = idsOf(await client.must("GET", "/api/v1/calls?limit=100")).slice(50);
    await shortCall(server);
    const second = await client.must("GET", `/api/v1/calls?limit=50&cursor=${first.nextCursor}`);
    expect(idsOf(second)).toEqual(expected);
  });

  test("filters hold on every page", async () => {
    const all = (await everyPage(client, { limit: 200 })).flat();
    const since = all[60].startedAt;
    const expected = all.filter((one) => one.startedAt >= since).map((one) => one.id);
    const found = (await everyPage(client, { limit: 7, since })).flat().map((one) => one.id);
    expect(found).toEqual(expected);
  });

  test("the table comes piece by piece and has all of them", async () => {
    const response = await client.raw("GET", "/api/v1/calls.csv");
    // Streamed: how long it will be is not known when it begins.
    expect(response.headers.get("content-length")).toBeNull();
    const rows = parseCsv(await response.text());
    expect(rows.length).toBeGreaterThanOrEqual(count + 1);
    expect(new Set(rows.slice(1).map((row) => row[0])).size).toBe(rows.length - 1);
  });
});

describe.concurrent("one call", () => {
  let server: Server;
  let client: Api;
  beforeAll(async () => {
    server = await Server.start();
    client = api(server);
    await publish(client, keypad("keys"));
  });
  afterAll(() => server.stop());

  test("what was not heard of an interrupted answer is apart in the transcript", async () => {
    const caller = await dial(server);
    await caller.agentFinished();
    const began = caller.received.length;
    await caller.say(speech("yes_please"));
    await caller.agentSpeaks(began);
    const heard = caller.heardMs;
    await caller.until(() => caller.heardMs > heard + 300, 5_000, "300 ms of the answer");
    void caller.say(speech("book_appointment"));
    await caller.waitFor("clear", began);
    await caller.hangUp();
    const call = await callOf(client, caller);
    const turn = call.turns.find((one: Json) => one.interrupted);
    const transcript = await client.must("GET", `/api/v1/calls/${call.id}/transcript`);
    const cut = transcript.lines.find((line: Json) => line.interrupted);
    expect(cut).toMatchObject({ speaker: "agent", turn: turn.number, text: turn.agentHeard });
    expect(cut.notHeard.length).toBeGreaterThan(0);
    const joined = `${cut.text} ${cut.notHeard}`.replace(/\s+/g, " ").trim();
    expect(joined).toBe(turn.agentText);
    for (const line of transcript.lines.filter((one: Json) => !one.interrupted)) expect(line.notHeard).toBe("");
    const times = transcript.lines.map((line: Json) => line.atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test("the recording whole and in parts", async () => {
    const caller = await dial(server);
    await caller.agentFinished();
    await caller.hangUp();
    const call = await callOf(client, caller, (one) => one.recording?.complete === true);
    const path = call.recording.url;
    expect(path).toBe(`/api/v1/calls/${call.id}/recording`);
    const fetchBytes = async (range?: string, method = "GET") => {
      const response = await client.raw(method, path, range === undefined ? {} : { headers: { range } });
      return { response, bytes: Buffer.from(await response.arrayBuffer()) };
    };
    const { response, bytes: whole } = await fetchBytes();
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("audio/wav");
    expect(response.headers.get("accept-ranges")).toBe("bytes");
    expect(Number(response.headers.get("content-length"))).toBe(whole.length);
    expect(whole.toString("latin1", 0, 4)).toBe("RIFF");
    expect(whole.readUInt32LE(4)).toBe(whole.length - 8);

    const n = whole.length;
    const parts: [string, number, number][] = [
      ["bytes=0-0", 0, 1],
      ["bytes=0-99", 0, 100],
      ["bytes=1000-1999", 1000, 2000],
      [`bytes=${n - 10}-`, n - 10, n],
      ["bytes=-44", n - 44, n],
      [`bytes=0-${n + 1000}`, 0, n],
      [`bytes=-${n + 1000}`, 0, n],
    ];
    for (const [range, first, end] of parts) {
      const part = await fetchBytes(range);
      expect(part.response.status, range).toBe(206);
      expect(part.response.headers.get("content-range"), range).toBe(`bytes ${first}-${end - 1}/${n}`);
      expect(part.bytes.equals(whole.subarray(first, end)), range).toBe(true);
    }
    for (const range of [`bytes=${n}-`, `bytes=${n + 5}-${n + 10}`, "bytes=-0"]) {
      const none = await fetchBytes(range);
      expect(none.response.status, range).toBe(416);
      expect(none.response.headers.get("content-range"), range).toBe(`bytes */${n}`);
    }
    // What is no range is as if it were not there.
    for (const range of ["bytes=abc", "lines=1-2", "bytes=9-1"]) {
      const all = await fetchBytes(range);
      expect(all.response.status, range).toBe(200);
      expect(all.bytes.equals(whole), range).toBe(true);
    }
    const head = await fetchBytes(undefined, "HEAD");
    expect(head.response.status).toBe(200);
    expect(Number(head.response.headers.get("content-length"))).toBe(n);
    expect(head.bytes).toHaveLength(0);
    expect((await client.get("/api/v1/calls/01ARZ3NDEKTSV4RRFFQ69G5FAV/recording")).status).toBe(404);
  });

  test("in progress it is in the live list, and is hung up from outside", async () => {
    const caller = await dial(server, "/media", { from: "+919833300001" });
    await caller.agentSpeaks();
    const live = await eventually("the call among the live ones", async () =>
      (await client.must("GET", "/api/v1/live/calls")).items.find((one: Json) => one.carrierCallId === caller.callId),
    );
    expect(live).toMatchObject({ agent: "bench", from: "+919833300001", stage: "" });
    expect(live.lastLine).toContain("bench agent");
    expect((await client.delete(`/api/v1/calls/${live.id}`)).status).toBe(409);

    const answer = await client.post(`/api/v1/calls/${live.id}/hang-up`, { reason: "supervisor" });
    expect([answer.status, answer.json]).toEqual([202, { accepted: true }]);
    await caller.closed();
    const call = await callOf(client, caller);
    expect(call).toMatchObject({ id: live.id, status: "completed" });
    expect(call.endReason).toContain("supervisor");
    expect((await client.must("GET", "/api/v1/live/calls")).items.map((one: Json) => one.id)).not.toContain(call.id);
    // It is over: nothing can be done to it any more.
    expect((await client.post(`/api/v1/calls/${live.id}/hang-up`, {})).status).toBe(409);
    expect((await client.post("/api/v1/calls/01ARZ3NDEKTSV4RRFFQ69G5FAV/hang-up", {})).status).toBe(404);
  });

  test("it is handed to a person, after the words for it", async () => {
    const caller = await dial(server);
    await caller.agentFinished();
    const call = await callOf(client, caller, () => true);
    const answer = await client.post(`/api/v1/calls/${call.id}/transfer`, {
      to: "+918040001234",
      say: "I am connecting you to a colleague.",
    });
    expect(answer.status).toBe(202);
    await caller.closed();
    const ended = await callOf(client, caller);
    expect(ended.status).toBe("completed");
    expect(JSON.stringify(ended.events)).toContain("transfer");
    expect(ended.turns.at(-1).agentText).toBe("I am connecting you to a colleague.");
    expect(ended.turns.at(-1).agentHeard).toBe("I am connecting you to a colleague.");
    expect((await client.post(`/api/v1/calls/${call.id}/transfer`, { to: "x" })).status).toBe(400);
  });

  test("its page has turns with latencies, events, and what a stage changed", async () => {
    const caller = await dial(server, "/media", { customParameters: { agent: "keys" } });
    await caller.agentFinished();
    await answeredKey(caller, "1");
    caller.dtmf("9");
    await caller.closed();
    const call = await callOf(client, caller);
    expect(call.turns.map((one: Json) => [one.number, one.inputKind, one.agentText])).toEqual([
      [0, "greeting", "Press a key."],
      [1, "dtmf", "That was one."],
      [2, "dtmf", "Goodbye."],
    ]);
    expect(call.turns[1].latencyMs.firstAudio).toBeGreaterThanOrEqual(0);
    const kinds = call.events.map((one: Json) => one.kind);
    expect(kinds).toContain("dtmf");
    expect(kinds).toContain("stage");
    expect(call.sampleRateHz).toBe(8000);
    expect(call.carrierCallId).toBe(caller.callId);
  });
});

describe("removing", () => {
  const recordingFiles = (server: Server) =>
    readdirSync(join(server.dataDir, "recordings"), { recursive: true })
      .map(String)
      .filter((name) => name.endsWith(".wav"));

  test("one call, then everything of one caller; others stay", async () => {
    const server = await Server.start();
    try {
      const client = api(server);
      const calls: Json[] = await Promise.all(
        ["+919844400001", "09844400001", "+919844400001", "+919844400002"].map(async (from) => {
          const caller = await heardCall(server, "/media", { from });
          return callOf(client, caller, (call) => call.recording?.complete === true);
        }),
      );
      expect(recordingFiles(server)).toHaveLength(4);

      expect((await client.delete(`/api/v1/calls/${calls[0].id}`)).status).toBe(204);
      expect((await client.get(`/api/v1/calls/${calls[0].id}`)).status).toBe(404);
      expect((await client.get(`/api/v1/calls/${calls[0].id}/recording`)).status).toBe(404);
      expect((await client.get(`/api/v1/calls/${calls[0].id}/transcript`)).status).toBe(404);
      await eventually("the file gone", async () => recordingFiles(server).length === 3);
      expect((await client.delete(`/api/v1/calls/${calls[0].id}`)).status).toBe(404);

      // However the number is written.
      const removed = await client.must("DELETE", "/api/v1/callers/+919844400001");
      expect(removed).toEqual({ calls: 2, recordings: 2 });
      await eventually("the caller's files gone", async () => recordingFiles(server).length === 1);
      const left = await client.must("GET", "/api/v1/calls");
      expect(idsOf(left)).toEqual([calls[3].id]);
      const sessions = await client.must("GET", "/api/v1/sessions");
      expect(sessions.items.map((one: Json) => one.caller)).toEqual(["+919844400002"]);
      expect(idsOf(await client.must("GET", "/api/v1/calls?text=bench"))).toEqual([calls[3].id]);
      const sound = await client.raw("GET", `/api/v1/calls/${calls[3].id}/recording`);
      expect(sound.status).toBe(200);
      const audit = await client.must("GET", "/api/v1/audit-log");
      expect(audit.items.find((one: Json) => one.action === "deleteCaller").target).toBe("number …0001");
      // Neither in the rows nor beside them is anything left of the caller.
      await server.shutDown();
      for (const name of readdirSync(server.dataDir).filter((one) => one.startsWith("parley.db")))
        expect(readFileSync(join(server.dataDir, name)).includes("9844400001"), name).toBe(false);
    } finally {
      await server.stop();
    }
  });

  test("a recording can be played by what reads WAV files", async () => {
    const server = await Server.start();
    try {
      const client = api(server);
      const call = await callOf(client, await shortCall(server), (one) => one.recording?.complete === true);
      const files = recordingFiles(server);
      expect(files).toHaveLength(1);
      const file = join(server.dataDir, "recordings", files[0]!);
      expect(existsSync(file)).toBe(true);
      expect(readWav(file).channels).toHaveLength(2);
      expect(call.recording.storedIn).toBe("files");
    } finally {
      await server.stop();
    }
  });
});

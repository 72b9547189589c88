// Backup and restore as somebody does it who runs the server, and the rotation of the key that seals its secrets.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, type Json, api } from "./support/api.js";
import { callOf, dial, greeter, greetingAt, heardCall, importNumber, publish } from "./support/flows.js";
import { Server, eventually, runParley } from "./support/server.js";

const env = { PARLEY_OUTBOUND_ALLOW: "127.0.0.1/32" };
const modelled =
  "name: asked\nfirst_message: Yes?\nprompt: You agree.\nstt: {provider: none}\nllm: {provider: openai, model: gpt-5.4-mini}\ntts: {provider: instant}\n";

let directory: string;
let keys: string[];
let modelUrl: string;
const model = createServer((request, response) => {
  keys.push(String(request.headers.authorization));
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write('data: {"id":"c","choices":[{"index":0,"delta":{"content":"Certainly."}}]}\n\n');
  response.end('data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
});

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "parley-backups-"));
  keys = [];
  await new Promise<void>((resolve) => model.listen(0, "127.0.0.1", resolve));
  modelUrl = `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`;
});
afterAll(() => {
  model.closeAllConnections();
  model.close();
  rmSync(directory, { recursive: true, force: true });
});

// A vendor's key still opens when it reaches the vendor.
async function keyThatIsUsed(client: Api): Promise<string | undefined> {
  keys.length = 0;
  const answer = await client.post("/api/v1/chat", { message: "hello", agent: "asked" });
  return answer.status === 200 ? keys[0] : undefined;
}

describe("backup and restore", () => {
  test("a backup of a running server, put back elsewhere, is all of it", async () => {
    const server = await Server.start({ env });
    const elsewhere = join(directory, "elsewhere");
    const place = join(directory, "backup");
    try {
      const client = api(server);
      await client.must("PUT", "/api/v1/provider-keys/openai", { key: "sk-kept-1234", url: modelUrl });
      await publish(client, modelled);
      await publish(client, greeter("desk", "Good morning."));
      const number = await importNumber(client, "+919800000001", "desk");
      const call = await callOf(client, await heardCall(server), (one) => one.recording?.complete === true);
      const running = await dial(server);
      await running.agentSpeaks();
      await callOf(client, running, () => true);

      const made = await runParley(["backup", place, "--recordings", "--data-dir", server.dataDir]);
      expect(made.code, made.stderr).toBe(0);
      expect(existsSync(join(place, "parley.db"))).toBe(true);
      // The key is not in it: whoever finds a backup has no secrets.
      expect(existsSync(join(place, "secret.key"))).toBe(false);
      expect(readFileSync(join(place, "parley.db")).includes("sk-kept-1234")).toBe(false);
      expect(statSync(join(place, "parley.db")).mode & 0o077).toBe(0);
      const again = await runParley(["backup", place, "--data-dir", server.dataDir]);
      expect(again.code).toBe(1);
      expect(again.stderr).toContain(place);

      // The running call has noticed nothing.
      expect(running.isClosed).toBe(false);
      await running.hangUp();
      expect((await callOf(client, running)).status).toBe("completed");

      // Something that happens after the backup is not in it.
      await publish(client, greeter("later"));
      const restored = await runParley(["restore", place, "--data-dir", elsewhere]);
      expect(restored.code, restored.stderr).toBe(0);
      copyFileSync(join(server.dataDir, "secret.key"), join(elsewhere, "secret.key"));

      const other = await Server.start({ env, dataDir: elsewhere });
      try {
        const there = api(other);
        const names = (await there.must("GET", "/api/v1/agents")).items.map((one: Json) => one.name);
        expect(names).toEqual(["asked", "desk"]);
        const same = await there.must("GET", `/api/v1/calls/${call.id}`);
        expect(same).toEqual(await client.must("GET", `/api/v1/calls/${call.id}`));
        const sound = async (from: Api) =>
          Buffer.from(await (await from.raw("GET", call.recording.url)).arrayBuffer());
        expect((await sound(there)).equals(await sound(client))).toBe(true);
        expect(await greetingAt(there, other, `/api/telephony/ws/${number.id}`)).toBe("Good morning.");
        expect(await keyThatIsUsed(there)).toBe("Bearer sk-kept-1234");
        // The call that was running at the moment of the backup is closed there.
        const cut = (await there.must("GET", "/api/v1/calls?status=interrupted")).items;
        expect(cut.map((one: Json) => one.carrierCallId)).toEqual([running.callId]);

        // Nothing is put back under a running server, nor over what is there.
        const under = await runParley(["restore", place, "--force", "--data-dir", elsewhere]);
        expect(under.code).toBe(1);
        expect(under.stderr).toMatch(/server|use/);
        await other.shutDown();
        const over = await runParley(["restore", place, "--data-dir", elsewhere]);
        expect(over.code).toBe(1);
        expect(over.stderr).toContain("--force");
        const forced = await runParley(["restore", place, "--force", "--data-dir", elsewhere]);
        expect(forced.code, forced.stderr).toBe(0);
      } finally {
        await other.stop();
      }
    } finally {
      await server.stop();
    }
  });

  test("what is no backup is refused with a sentence", async () => {
    const missing = await runParley(["restore", join(directory, "nowhere"), "--data-dir", join(directory, "new")]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("nowhere");
    expect(existsSync(join(directory, "new", "parley.db"))).toBe(false);
    const none = await runParley(["backup", join(directory, "b2"), "--data-dir", join(directory, "empty")]);
    expect(none.code).toBe(1);
    expect(none.stderr).toContain(join(directory, "empty"));
    expect(existsSync(join(directory, "b2"))).toBe(false);
  });
});

describe("rotation of the key", () => {
  test("another key seals everything anew; nothing has to be set again", async () => {
    const server = await Server.start({ env });
    try {
      const client = api(server);
      await client.must("PUT", "/api/v1/provider-keys/openai", { key: "sk-rotated-1234", url: modelUrl });
      await publish(client, modelled);
      await server.shutDown();
      const file = join(server.dataDir, "secret.key");
      const before = readFileSync(file, "utf8");
      const rotated = await runParley(["secrets", "rotate", "--data-dir", server.dataDir]);
      expect(rotated.code, rotated.stderr).toBe(0);
      const after = readFileSync(file, "utf8");
      expect(after).not.toBe(before);
      expect(rotated.stdout + rotated.stderr).not.toContain(after.trim().slice(0, 32));
      expect(statSync(file).mode & 0o777).toBe(0o600);
      await server.restart();
      expect(await eventually("the key used", () => keyThatIsUsed(client))).toBe("Bearer sk-rotated-1234");
    } finally {
      await server.stop();
    }
  });
});

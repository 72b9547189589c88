// The life of an agent: drafts nobody hears, versions that answer from the next call on, files in and out.
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, type Json, api } from "./support/api.js";
import { callOf, dial, greeter, greetingAt, importNumber, publish } from "./support/flows.js";
import { Server } from "./support/server.js";

let server: Server;
let client: Api;
beforeAll(async () => {
  server = await Server.start();
  client = api(server);
});
afterAll(() => server.stop());

const addressOf = async (number: string, agent: string) =>
  `/api/telephony/ws/${(await importNumber(client, number, agent)).id}`;

describe.concurrent("making agents", () => {
  test("from a configuration, as a draft", async () => {
    const config = {
      name: "from-config",
      first_message: "Hello.",
      stt: { provider: "instant" },
      llm: { provider: "instant" },
      tts: { provider: "instant" },
    };
    const made = await client.post("/api/v1/agents", { config });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ name: "from-config", publishedVersion: null, hasDraft: true, config });
    expect(made.json.yaml).toContain("first_message: Hello.");
    expect(made.headers.get("location")).toBe(`/api/v1/agents/${made.json.id}`);
    expect((await client.must("GET", "/api/v1/agents/from-config")).id).toBe(made.json.id);
  });

  test("from YAML, whose text is kept to the letter", async () => {
    const yaml = `# a comment that stays\n${greeter("from-yaml")}`;
    const made = await publish(client, yaml);
    expect(made).toMatchObject({ publishedVersion: 1, hasDraft: false, yaml });
    const file = await client.get(`/api/v1/agents/${made.id}/yaml`);
    expect(file.text).toBe(yaml);
    expect(file.headers.get("content-type")).toContain("text/yaml");
  });

  test("a mistake is told with its line and changes nothing", async () => {
    const yaml = "name: wrong\nfirst_message: Hello.\nllm: {provider: instant}\nfoo: 1\n";
    const verdict = await client.must("POST", "/api/v1/agents/validate", { yaml });
    expect(verdict.valid).toBe(false);
    expect(verdict.problems[0]).toMatchObject({ line: 4 });
    expect(verdict.problems[0].detail).toContain("foo");

    const made = await client.post("/api/v1/agents", { yaml });
    expect(made.status).toBe(400);
    expect(made.headers.get("content-type")).toContain("application/problem+json");
    expect(made.json.errors[0]).toMatchObject({ pointer: "/body/yaml" });
    expect(made.json.errors[0].detail).toContain("line 4");
    expect((await client.get("/api/v1/agents/wrong")).status).toBe(404);

    const broken = await client.must("POST", "/api/v1/agents/validate", { yaml: "name: x\n  first: [\n" });
    expect(broken.valid).toBe(false);
    expect(broken.problems[0].line).toBeGreaterThan(0);
  });

  test("a name is there once", async () => {
    await publish(client, greeter("only-one"));
    expect((await client.post("/api/v1/agents", { yaml: greeter("only-one") })).status).toBe(409);
  });

  test("a vendor without a key, and a model that ends, are told of when the agent is saved", async () => {
    const config = {
      name: "ending",
      stt: { provider: "instant" },
      tts: { provider: "instant" },
      llm: { provider: "gemini", model: "gemini-2.0-flash" },
    };
    const made = await client.must("POST", "/api/v1/agents", { config });
    expect(made.warnings.join("\n")).toContain("GEMINI_API_KEY");
    const refused = await client.post("/api/v1/agents/ending/publish", {});
    expect(refused.status).toBe(409);
    expect(refused.json.detail).toContain("GEMINI_API_KEY");

    await client.must("PUT", "/api/v1/provider-keys/gemini", { key: "key-of-the-test" });
    const saved = await client.must("PUT", "/api/v1/agents/ending", { config });
    expect(saved.warnings.join("\n")).toMatch(/gemini-2\.0-flash ended on 2026-/);
    expect((await client.post("/api/v1/agents/ending/publish", {})).status).toBe(200);
  });
});

describe.concurrent("callers and versions", () => {
  test("a draft changes nothing until it is published; then the next call has it", async () => {
    const made = await publish(client, greeter("desk", "First words."));
    const address = await addressOf("+919000000001", "desk");
    expect(await greetingAt(client, server, address)).toBe("First words.");

    const saved = await client.must("PUT", `/api/v1/agents/${made.id}`, { yaml: greeter("desk", "Second words.") });
    expect(saved).toMatchObject({ hasDraft: true, publishedVersion: 1 });
    expect(await greetingAt(client, server, address)).toBe("First words.");

    const published = await client.must("POST", `/api/v1/agents/${made.id}/publish`, { note: "politer" });
    expect(published).toMatchObject({ hasDraft: false, publishedVersion: 2 });
    expect(await greetingAt(client, server, address)).toBe("Second words.");
  });

  test("a call in progress keeps the version it began with", async () => {
    const made = await publish(client, greeter("keeper", "Old words."));
    const address = await addressOf("+919000000002", "keeper");
    const caller = await dial(server, address);
    await caller.agentSpeaks();
    const versionThen = (await client.must("GET", `/api/v1/agents/${made.id}/versions`)).items[0].contentVersion;

    await client.must("PUT", `/api/v1/agents/${made.id}`, { yaml: greeter("keeper", "New words.") });
    await client.must("POST", `/api/v1/agents/${made.id}/publish`, {});
    expect(await greetingAt(client, server, address)).toBe("New words.");

    await caller.hangUp();
    const call = await callOf(client, caller);
    expect(call.agentVersion).toBe(versionThen);
    const session = await client.must("GET", `/api/v1/sessions/${call.sessionId}`);
    expect(session.agentConfig.first_message).toBe("Old words.");
  });

  test("versions are listed newest first, compared, and rolled back to", async () => {
    const made = await publish(client, greeter("rolling", "One."));
    await client.must("PUT", `/api/v1/agents/${made.id}`, { yaml: `${greeter("rolling", "Two.")}language: en-IN\n` });
    await client.must("POST", `/api/v1/agents/${made.id}/publish`, { note: "second" });

    const versions = (await client.must("GET", `/api/v1/agents/${made.id}/versions`)).items;
    expect(versions.map((one: Json) => [one.number, one.current, one.note])).toEqual([
      [2, true, "second"],
      [1, false, ""],
    ]);
    expect((await client.must("GET", `/api/v1/agents/${made.id}/versions/1`)).config.first_message).toBe("One.");
    expect((await client.get(`/api/v1/agents/${made.id}/versions/3`)).status).toBe(404);

    const diff = await client.must("GET", `/api/v1/agents/${made.id}/diff?from=1&to=2`);
    const sorted = [...diff.changes].sort((a: Json, b: Json) => (a.path < b.path ? -1 : 1));
    expect(sorted).toEqual([
      { path: "/first_message", kind: "changed", before: "One.", after: "Two." },
      { path: "/language", kind: "added", before: null, after: "en-IN" },
    ]);

    const address = await addressOf("+919000000003", "rolling");
    const rolled = await client.must("POST", `/api/v1/agents/${made.id}/rollback`, { version: 1 });
    expect(rolled.publishedVersion).toBe(3);
    expect(await greetingAt(client, server, address)).toBe("One.");
    expect((await client.must("GET", `/api/v1/agents/${made.id}/diff?from=1&to=3`)).changes).toEqual([]);
    expect((await client.post(`/api/v1/agents/${made.id}/rollback`, { version: 9 })).status).toBeGreaterThanOrEqual(400);
  });

  test("a draft is compared and can be given up", async () => {
    const made = await publish(client, greeter("drafted", "One."));
    await client.must("PUT", `/api/v1/agents/${made.id}`, { yaml: greeter("drafted", "Draft.") });
    const diff = await client.must("GET", `/api/v1/agents/${made.id}/diff?from=1&to=draft`);
    expect(diff.changes).toEqual([{ path: "/first_message", kind: "changed", before: "One.", after: "Draft." }]);
    const forgotten = await client.must("DELETE", `/api/v1/agents/${made.id}/draft`);
    expect(forgotten).toMatchObject({ hasDraft: false, publishedVersion: 1 });
    expect(forgotten.config.first_message).toBe("One.");

    const never = await client.must("POST", "/api/v1/agents", { yaml: greeter("never") });
    expect((await client.delete(`/api/v1/agents/${never.id}/draft`)).status).toBe(409);
  });

  test("two who edit at once: the second is told", async () => {
    const made = await client.must("POST", "/api/v1/agents", { yaml: greeter("contested", "One.") });
    const put = (words: string) =>
      client.put(
        `/api/v1/agents/${made.id}`,
        { yaml: greeter("contested", words) },
        { headers: { "if-match": `"${made.etag}"` } },
      );
    const statuses = (await Promise.all([put("Two."), put("Three.")])).map((one) => one.status).sort();
    expect(statuses).toEqual([200, 412]);
  });

  test("a copy is a draft under its own name", async () => {
    await publish(client, greeter("original", "Hear me."));
    const copy = await client.must("POST", "/api/v1/agents/original/duplicate", { name: "copied" });
    expect(copy).toMatchObject({ name: "copied", publishedVersion: null, hasDraft: true });
    expect(copy.config).toMatchObject({ name: "copied", first_message: "Hear me." });
    expect((await client.post("/api/v1/agents/original/duplicate", { name: "copied" })).status).toBe(409);
  });

  test("a deleted agent answers nobody; its number falls to the latest, its calls stay", async () => {
    const made = await publish(client, greeter("leaving", "Soon gone."));
    const number = await importNumber(client, "+919000000004", "leaving");
    const address = `/api/telephony/ws/${number.id}`;
    expect(await greetingAt(client, server, address)).toBe("Soon gone.");
    expect((await client.delete(`/api/v1/agents/${made.id}`)).status).toBe(204);
    expect((await client.get(`/api/v1/agents/${made.id}`)).status).toBe(404);
    expect((await client.must("GET", `/api/v1/phone-numbers/${number.id}`)).linkedAgentId).toBeNull();
    expect(await greetingAt(client, server, address)).not.toBe("Soon gone.");
    expect((await client.must("GET", "/api/v1/calls?agent=leaving")).items).toHaveLength(1);
  });
});

describe("files", () => {
  test("what was exported can be imported, and starts a server", async () => {
    const yaml = `# kept\n${greeter("travelling", "I have travelled.")}`;
    const importing = (text: string, query = "") =>
      client.request("POST", `/api/v1/agents/import${query}`, {
        body: text,
        headers: { "content-type": "text/yaml" },
      });
    const imported = await importing(yaml, "?publish=true");
    expect(imported.status).toBe(200);
    expect(imported.json).toMatchObject({ name: "travelling", publishedVersion: 1 });

    const exported = (await client.get("/api/v1/agents/travelling/yaml")).text;
    expect(exported).toBe(yaml);
    const again = await importing(exported.replace("travelled", "come back"));
    expect(again.json).toMatchObject({ id: imported.json.id, hasDraft: true, publishedVersion: 1 });
    expect((await client.get("/api/v1/agents/travelling/yaml?version=1")).text).toBe(yaml);
    expect((await client.get("/api/v1/agents/travelling/yaml?version=draft")).text).toContain("come back");

    // One that was made of JSON is exported as YAML, too.
    const config = { name: "of-json", first_message: "Made of JSON.", stt: { provider: "instant" }, llm: { provider: "instant" }, tts: { provider: "instant" } };
    await client.must("POST", "/api/v1/agents", { config, publish: true });
    for (const [name, words] of [["travelling", "I have come back."], ["of-json", "Made of JSON."]] as const) {
      const file = join(server.dataDir, "..", `${name}.yaml`);
      writeFileSync(file, (await client.get(`/api/v1/agents/${name}/yaml`)).text);
      const other = await Server.start({ agent: file });
      try {
        expect(await greetingAt(api(other), other, "/media")).toBe(words);
      } finally {
        await other.stop();
      }
    }
  });

  test("versions and drafts outlive the server", async () => {
    const made = await publish(client, greeter("lasting", "Still here."));
    await client.must("PUT", `/api/v1/agents/${made.id}`, { yaml: greeter("lasting", "Not yet.") });
    const number = await importNumber(client, "+919000000005", "lasting");
    await server.kill();
    await server.restart();
    expect(await client.must("GET", `/api/v1/agents/${made.id}`)).toMatchObject({ hasDraft: true, publishedVersion: 1 });
    expect(await greetingAt(client, server, `/api/telephony/ws/${number.id}`)).toBe("Still here.");
  });
});

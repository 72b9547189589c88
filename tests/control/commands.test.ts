// `parley agents|numbers|calls|…`: the commands that ask a server, as somebody types them.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server, parleyBinary } from "./support/server.js";

const agentFile = "name: front-desk\nfirst_message: Hello.\nstt: {provider: none}\nllm: {provider: instant}\ntts: {provider: instant}\n";

let directory: string;
let server: Server;
let key = "";
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "parley-commands-"));
  server = await Server.start();
});
afterAll(async () => {
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
});

interface Given {
  input?: string;
  env?: Record<string, string>;
}
function run(args: string[], { input = "", env = {} }: Given = {}) {
  const base = { PATH: process.env["PATH"] ?? "", HOME: directory, PARLEY_SERVER: server.url, PARLEY_API_KEY: key };
  const result = spawnSync(parleyBinary, args, { cwd: directory, encoding: "utf8", input, env: { ...base, ...env } });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}
function text(args: string[], given: Given = {}): string {
  const result = run(args, given);
  expect(result.stderr, args.join(" ")).toBe("");
  expect(result.code, args.join(" ")).toBe(0);
  return result.stdout;
}
const json = (args: string[], given: Given = {}) => JSON.parse(text([...args, "-o", "json"], given)) as Record<string, any>;
function refusal(args: string[], given: Given = {}): string {
  const result = run(args, given);
  expect(result.code, args.join(" ")).toBe(1);
  expect(result.stdout).toBe("");
  expect(result.stderr).toMatch(/^parley: /);
  return result.stderr;
}

describe("commands over the API", () => {
  test("an agent is imported, published, compared, rolled back, exported and deleted", () => {
    const file = join(directory, "front-desk.yaml");
    writeFileSync(file, agentFile);
    expect(json(["agents", "import", file, "--publish"])).toMatchObject({ name: "front-desk", publishedVersion: 1, hasDraft: false });
    expect(json(["agents", "import", "-"], { input: agentFile.replace("Hello.", "Good day.") })).toMatchObject({ hasDraft: true });
    expect(text(["agents", "diff", "front-desk", "1", "draft"])).toBe('/first_message\n  - "Hello."\n  + "Good day."\n');
    expect(json(["agents", "publish", "front-desk", "--note", "politer"])).toMatchObject({ publishedVersion: 2 });
    expect(text(["agents", "versions", "front-desk"])).toMatch(/^2 +yes .* politer\n1 +no /m);
    expect(json(["agents", "rollback", "front-desk", "1"])).toMatchObject({ publishedVersion: 3 });
    expect(text(["agents", "list"])).toMatch(/^NAME .*\nfront-desk +3 +no +\d{4}-/);
    expect(text(["agents", "show", "front-desk"])).toContain("\nfirst_message: Hello.\n");
    expect(text(["agents", "export", "front-desk"])).toBe(agentFile);
    const exported = join(directory, "exported.yaml");
    expect(text(["agents", "export", "front-desk", "--version", "2", "--file", exported])).toBe("");
    expect(readFileSync(exported, "utf8")).toContain("Good day.");
    expect(statSync(exported).mode & 0o777).toBe(0o600);
    expect(refusal(["agents", "rollback", "front-desk", "9"])).toMatch(/version/);
    expect(refusal(["agents", "show", "nobody"])).toMatch(/no such agent/);
    expect(refusal(["agents", "import", "-"], { input: "name: [" })).toMatch(/line 1/);
    expect(text(["agents", "import", "-"], { input: agentFile.replace("front-desk", "gone") })).toContain("gone");
    expect(text(["agents", "delete", "gone"])).toBe("The agent is deleted.\n");
    expect(json(["agents", "list"])["items"]).toHaveLength(1);
  });

  test("a number is imported, linked by what it is called, unlinked and deleted", () => {
    const made = json(["numbers", "import", "+919876543210", "--name", "Desk"]);
    expect(json(["numbers", "link", "+919876543210", "front-desk"])["linkedAgentId"]).not.toBeNull();
    expect(json(["numbers", "show", made["id"]])).toMatchObject({ phoneNumber: "+919876543210", displayName: "Desk" });
    expect(json(["numbers", "unlink", "+919876543210"])["linkedAgentId"]).toBeNull();
    expect(text(["numbers", "list"])).toMatch(/^\+919876543210 +Desk +active +-/m);
    expect(refusal(["numbers", "import", "+919876543210"])).toMatch(/already|taken/);
    // A bundled agent answers numbers when it was taken in; whoever names it before is told how.
    expect(refusal(["numbers", "link", "+919876543210", "echo"])).toContain("parley agents import echo --publish");
    expect(refusal(["numbers", "link", "+919876543210", "nobody"])).toContain("there is no such agent");
    expect(json(["agents", "import", "echo", "--publish"])).toMatchObject({ name: "echo", publishedVersion: 1 });
    expect(json(["numbers", "link", "+919876543210", "echo"])["linkedAgentId"]).not.toBeNull();
    expect(text(["agents", "delete", "echo"])).toBe("The agent is deleted.\n");
    expect(text(["numbers", "delete", "+919876543210"])).toBe("The number is forgotten.\n");
    expect(text(["numbers", "list"])).toBe("None.\n");
    expect(refusal(["numbers", "show", ".."])).toMatch(/NUMBER is needed/);
  });

  test("a vendor's key comes from the standard input and is never shown", () => {
    const secret = "sk-very-secret-0815";
    expect(text(["providers", "set", "openai"], { input: `${secret}\n` })).not.toContain(secret);
    expect(text(["providers", "list"])).toMatch(/^openai +….* workspace/m);
    expect(text(["providers", "remove", "openai"])).toBe("The key is forgotten.\n");
    expect(refusal(["providers", "set", "openai"])).toMatch(/nothing was given/);
    // As an argument it is a mistake.
    expect(run(["providers", "set", "openai", secret]).code).toBe(2);
  });

  test("webhooks are made, looked at and deleted by their address", () => {
    const url = "https://93.184.215.14/parley";
    expect(json(["webhooks", "create", url, "--event", "call.ended", "--event", "call.started"])).toMatchObject({ events: ["call.ended", "call.started"], secret: expect.stringMatching(/^whsec_/) });
    expect(text(["webhooks", "deliveries", url])).toBe("None.\n");
    expect(text(["webhooks", "list"])).toContain("call.ended, call.started");
    expect(text(["webhooks", "delete", url])).toBe("The webhook is deleted.\n");
    expect(refusal(["webhooks", "create", "http://169.254.169.254/", "--event", "*"])).toMatch(/\/body\/url|address/);
    expect(refusal(["webhooks", "create", url, "--event", "nonsense"])).toMatch(/events/);
  });

  test("calls are listed by the API and by the database with the same answer", () => {
    const asked = json(["calls", "list", "--limit", "500"]);
    expect(asked).toEqual({ items: [], nextCursor: null });
    expect(json(["calls", "list", "--data-dir", server.dataDir], { env: { PARLEY_SERVER: "" } })).toEqual(asked);
    expect(text(["calls", "export"])).toMatch(/^id,/);
    expect(refusal(["calls", "show", "01HF7YAT00ABCDEFGHJKMNPQRS"])).toMatch(/no such call/);
    expect(refusal(["calls", "list", "--since", "yesterday"])).toMatch(/since/);
  });

  test("with an owner a key is needed: from the environment or a file, never an argument", async () => {
    const link = text(["users", "owner-link", "--data-dir", server.dataDir, "--server", server.url]);
    expect(link).toMatch(/\/invite\/[\w-]+\n$/);
    const made = json(["keys", "create", "scripts", "--scope", "*:admin"]);
    expect(made["key"]).toMatch(/^pk_/);
    const { inviteUrl } = json(["users", "invite", "asha@example.com", "--role", "owner"]);
    expect(text(["users", "list"]), "an invitation alone closes nothing").toContain("asha@example.com");
    const invitation = `/api/v1/invites/${new URL(inviteUrl as string).pathname.split("/")[2]!}`;
    const joined = await fetch(`${server.url}${invitation}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ password: "correct horse battery" }),
    });
    expect(joined.status).toBe(200);
    expect(refusal(["users", "list"])).toMatch(/PARLEY_API_KEY/);
    const file = join(directory, "api.key");
    writeFileSync(file, `${made["key"]}\n`, { mode: 0o600 });
    expect(text(["users", "list", "--api-key-file", file])).toMatch(/^asha@example.com .* owner /m);
    key = made["key"] as string;
    const asOwner = { env: { PARLEY_API_KEY: key } };
    expect(refusal(["users", "role", "asha@example.com", "viewer"], asOwner)).toMatch(/the last owner/);
    text(["users", "invite", "ravi@example.com", "--role", "editor"], asOwner);
    expect(json(["users", "role", "ravi@example.com", "viewer"], asOwner)).toMatchObject({ role: "viewer" });
    expect(text(["users", "reset-password", "asha@example.com", "--data-dir", server.dataDir])).toMatch(/\/invite\//);
    expect(text(["keys", "list"])).toMatch(/^scripts +pk_\w* +\*:admin/m);
    expect(refusal(["keys", "list"], { env: { PARLEY_API_KEY: "pk_wrong" } })).toMatch(/not good here/);
    expect(refusal(["keys", "list"], { env: { PARLEY_API_KEY: "a\nb" } })).toMatch(/is none/);
    expect(refusal(["users", "owner-link", "--data-dir", server.dataDir])).toMatch(/reset-password/);
  });

  test("who does not answer, or is not Parley, is named with what to do", async () => {
    const other = createServer((_request, response) => void response.writeHead(404, { "content-type": "text/html" }).end("<html>"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    other.close();
    const gone = `http://127.0.0.1:${(other.address() as AddressInfo | null)?.port ?? 1}`;
    expect(refusal(["agents", "list"], { env: { PARLEY_SERVER: gone } })).toMatch(/no server answers at .* 'parley serve'/);
    expect(refusal(["agents", "list"], { env: { PARLEY_SERVER: "nonsense" } })).toMatch(/must be like https:/);
    expect(refusal(["agents", "list", "--server", `${server.url}/elsewhere`])).toMatch(/is not Parley's API/);
  });
});

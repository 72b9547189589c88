// Who may open a stream: Basic auth, a token in the path, a list of addresses; each only when configured.
import { expect, onTestFinished, test } from "vitest";
import { ExotelCaller, Refused } from "./support/exotel.js";
import { Server } from "./support/server.js";

async function start(config: string, env: Record<string, string> = {}): Promise<Server> {
  const server = await Server.start({ agent: "bench", config, env });
  onTestFinished(() => server.stop());
  return server;
}

async function refusal(url: string, headers: Record<string, string> = {}): Promise<Refused> {
  const result = await ExotelCaller.dial(url, { headers }).catch((error: unknown) => error);
  expect(result).toBeInstanceOf(Refused);
  return result as Refused;
}

async function accepted(url: string, headers: Record<string, string> = {}): Promise<void> {
  const caller = await ExotelCaller.dial(url, { headers });
  await caller.agentSpeaks();
  await caller.hangUp();
}

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
});

test("Basic auth: the right pair opens, all else is 401", async () => {
  const server = await start("stream:\n  auth: { user: exotel, password: s3cret }\n");
  await accepted(`${server.ws}/media`, basic("exotel", "s3cret"));
  await accepted(`${server.ws.replace("ws://", "ws://exotel:s3cret@")}/media`);
  for (const headers of [{}, basic("exotel", "wrong"), basic("other", "s3cret"), { authorization: "Basic !!" }]) {
    const refused = await refusal(`${server.ws}/media`, headers as Record<string, string>);
    expect(refused.status).toBe(401);
    expect(refused.headers["www-authenticate"]).toMatch(/^Basic/);
  }
  expect((await server.get("/healthz")).status).toBe(200);
  // Neither the log nor the output shows the password.
  expect(server.stderr + server.stdout).not.toContain("s3cret");
});

test("a token in the path", async () => {
  const server = await start("stream:\n  path_token: k7Yp2mQ9wz\n");
  await accepted(`${server.ws}/media/k7Yp2mQ9wz`);
  await accepted(`${server.ws}/api/v1/telephony/exotel/stream/k7Yp2mQ9wz`);
  for (const path of ["/media", "/media/wrong", "/api/v1/telephony/exotel/stream", "/media?token=k7Yp2mQ9wz"])
    expect((await refusal(server.ws + path)).status).toBe(403);
  expect(server.stderr + server.stdout).not.toContain("k7Yp2mQ9wz");
});

test("a list of addresses", async () => {
  const open = await start("stream:\n  allow: [127.0.0.0/8]\n");
  await accepted(`${open.ws}/media`);
  const shut = await start("stream:\n  allow: [203.0.113.0/24]\n");
  expect((await refusal(`${shut.ws}/media`)).status).toBe(403);
  expect((await shut.get("/healthz")).status).toBe(200);
});

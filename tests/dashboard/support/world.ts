// A server that has been in use for a while: agents, numbers, accounts, users, calls with sound, a chat. For tests that
// look at every page, and for the screenshots.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Api, type Json, api } from "../../control/support/api.js";
import { callOf, dial, heardCall } from "../../control/support/flows.js";
import { eventually, repositoryRoot, runParley, Server } from "../../control/support/server.js";

export const bundledAgent = (name: string) => readFileSync(join(repositoryRoot, "agents", `${name}.yaml`), "utf8");

export interface World {
  server: Server;
  client: Api;
  // The addresses of all pages, of one thing each where there are many.
  pages: Record<string, string>;
}

async function populate(server: Server, client: Api): Promise<World> {
  const yaml = bundledAgent("appointment-desk").replace("name: appointment-desk", "name: front-desk");
  const agent = await client.must("POST", "/api/v1/agents", { yaml, publish: true, note: "first version" });
  await client.must("PUT", `/api/v1/agents/${agent.id}`, { yaml: yaml.replace("Hello, Sunrise Dental.", "Good day, Sunrise Dental.") });
  await client.must("POST", `/api/v1/agents/${agent.id}/publish`, { note: "a warmer greeting" });
  await client.must("PUT", `/api/v1/agents/${agent.id}`, { yaml: yaml.replace("Hello, Sunrise Dental.", "Namaste, Sunrise Dental.") });
  await client.must("POST", "/api/v1/agents", { yaml: bundledAgent("lead-qualifier") });

  const account = await client.must("POST", "/api/v1/telephony-configurations", {
    name: "Main account", provider: "exotel", apiKey: "0123456789abcdef", apiToken: "fedcba9876543210", sid: "sunrise1", region: "in",
  });
  const number = await client.must("POST", "/api/v1/phone-numbers", {
    phoneNumber: "+918030752400", displayName: "Reception", linkedAgentId: agent.id, telephonyConfigurationId: account.id,
  });
  await client.must("POST", "/api/v1/phone-numbers", { phoneNumber: "+918030752401", displayName: "After hours" });
  await client.must("PUT", "/api/v1/provider-keys/deepgram", { key: "dg-0123456789abcdef4f7a" });
  const webhook = await client.must("POST", "/api/v1/webhooks", {
    url: "https://crm.example.com/hooks/parley", events: ["call.ended", "escalation"],
  });
  await client.must("POST", "/api/v1/api-keys", { name: "CRM", scopes: ["calls:read", "numbers:write"] });
  const session = await client.must("POST", "/api/v1/chat", { agent: "front-desk", message: "What are your hours?" });
  await client.must("POST", "/api/v1/chat", { sessionId: session.sessionId, message: "Book a visit" });

  // A conversation that is really spoken, and one that is hung up on.
  const spoken = await runParley(["call", `${server.ws}/api/telephony/ws/${number.id}`, "--from", "+919876543210", "--to", "+918030752400", "--say", "What are your hours?"]);
  if (spoken.code !== 0) throw new Error(`the simulated call failed: ${spoken.stderr}${spoken.stdout}`);
  await heardCall(server, `/api/telephony/ws/${number.id}`, { from: "+919812345678", to: "+918030752400" });
  const calls = await eventually("two calls with their recordings", async () => {
    const page = await client.must("GET", "/api/v1/calls");
    return page.items.length >= 2 && page.items.every((call: Json) => call.recording?.complete) ? page.items : undefined;
  }, 30_000);
  const call = calls.find((each: Json) => each.turnsCount > 0);
  return {
    server,
    client,
    pages: {
      overview: "/", agents: "/agents", agent_new: "/agents/new", agent: `/agents/${agent.id}`, talk: "/talk", chat: "/chat",
      outbound: "/outbound", live: "/live", calls: "/calls", call: `/calls/${call.id}`, sessions: "/sessions",
      session: `/sessions/${session.sessionId}`, numbers: "/numbers", number: `/numbers/${number.id}`, telephony: "/telephony",
      keys: "/keys", prices: "/prices", users: "/users", api_keys: "/api-keys", webhooks: "/webhooks",
      webhook: `/webhooks/${webhook.id}`, audit: "/audit", settings: "/settings", account: "/account",
    },
  };
}

// `agent` answers calls that come in by no number.
export async function startWorld(): Promise<World> {
  const server = await Server.start({ agent: "appointment-desk", env: { PUBLIC_URL: "https://voice.example.com" } });
  try {
    return await populate(server, api(server));
  } catch (error) {
    await server.stop();
    throw error;
  }
}

// A caller who stays on the line, for pages that show calls in progress.
export async function runningCall(world: World) {
  const caller = await dial(world.server, "/media", { from: "+919900112233", to: "+918030752400" });
  await caller.agentSpeaks();
  return { caller, call: await callOf(world.client, caller, () => true) };
}

// A workspace with one of everything in it, and new things for every request that names one.
import { ExotelCaller } from "../../e2e/support/exotel.js";
import { speech } from "../../e2e/support/wav.js";
import { type Api, type Json, acceptInvite, api, becomeOwner } from "./api.js";
import type { Operation } from "./document.js";
import { type Server, eventually } from "./server.js";

let made = 0;
// Different in every test, and recognisable where it must not be.
export const unique = (what: string) => `${what}-${process.pid}-${(made += 1)}`;
export const uniqueNumber = () =>
  `+9198${String(process.pid % 10000).padStart(4, "0")}${String((made += 1)).padStart(4, "0")}`;

export const agentConfig = (name: string) => ({
  name,
  first_message: `Welcome to ${name}.`,
  stt: { provider: "instant" },
  llm: { provider: "instant" },
  tts: { provider: "instant" },
});

export interface SeededCall {
  id: string;
  from: string;
}

// What a request says beside the ids in its path.
export interface Ready {
  path: string;
  query: Record<string, string>;
  json?: Json;
  body?: string;
  contentType?: string;
  // Whether the owner of the workspace may do it: a success, not only no refusal.
  ids: Record<string, string>;
}

export class Workspace {
  // Texts that only this workspace knows: its names, numbers and ids.
  readonly private: string[] = [];
  numberId = "";
  agent = "";
  // With a turn and a recording.
  call: SeededCall = { id: "", from: "" };

  private constructor(
    readonly server: Server,
    readonly owner: Api,
  ) {}

  static async of(server: Server, owner: Api): Promise<Workspace> {
    const workspace = new Workspace(server, owner);
    workspace.agent = unique("front-desk");
    await owner.must("POST", "/api/v1/agents", { config: agentConfig(workspace.agent), publish: true });
    const number = await owner.must("POST", "/api/v1/phone-numbers", {
      phoneNumber: uniqueNumber(),
      linkedAgentId: workspace.agent,
    });
    workspace.numberId = number.id;
    workspace.private.push(workspace.agent, number.id, number.phoneNumber);
    workspace.call = await workspace.makeCall({ turn: true });
    return workspace;
  }

  // The default one of a fresh server, which is closed to everybody else by having a user.
  static async first(server: Server): Promise<Workspace> {
    return Workspace.of(server, await becomeOwner(server));
  }

  // Another one of the same server, made by the owner of the first.
  static async another(server: Server, owner: Api): Promise<Workspace> {
    const email = `${unique("meera")}@example.com`;
    const { inviteUrl } = await owner.must("POST", "/api/v1/workspaces", { name: unique("Clinic"), ownerEmail: email });
    return Workspace.of(server, await acceptInvite(server, inviteUrl));
  }

  async user(role: "viewer" | "editor" | "owner"): Promise<Api> {
    const { inviteUrl } = await this.owner.must("POST", "/api/v1/users", {
      email: `${unique(role)}@example.com`,
      role,
    });
    return acceptInvite(this.server, inviteUrl);
  }

  async key(scopes: string[], expiresAt?: string): Promise<{ id: string; as: Api }> {
    const body = { name: unique("key"), scopes, ...(expiresAt === undefined ? {} : { expiresAt }) };
    const { apiKey, key } = await this.owner.must("POST", "/api/v1/api-keys", body);
    return { id: apiKey.id, as: api(this.server, { key }) };
  }

  dial(from: string): Promise<ExotelCaller> {
    return ExotelCaller.dial(`${this.server.ws}/api/telephony/ws/${this.numberId}`, { from });
  }

  // A call that has ended, with its recording.
  async makeCall(options: { turn?: boolean } = {}): Promise<SeededCall> {
    const from = uniqueNumber();
    const caller = await this.dial(from);
    await caller.agentSpeaks();
    if (options.turn === true) {
      await caller.say(speech("yes_please"));
      const before = caller.received.length;
      await caller.agentSpeaks(before);
    }
    await caller.hangUp();
    this.private.push(from);
    const id = await eventually(`the call of ${from} has ended`, async () => {
      const { items } = await this.owner.must("GET", "/api/v1/calls", undefined, { query: { number: from } });
      const call = items[0];
      return (
        call !== undefined && call.status !== "in_progress" && call.recording?.complete === true && (call.id as string)
      );
    });
    this.private.push(id);
    return { id, from };
  }

  // A call that goes on until the caller is told to hang up.
  async liveCall(): Promise<{ id: string; caller: ExotelCaller }> {
    const from = uniqueNumber();
    const caller = await this.dial(from);
    const id = await eventually(`the call of ${from} is in progress`, async () => {
      const { items } = await this.owner.must("GET", "/api/v1/live/calls");
      return items.find((call: Json) => call.from === from)?.id as string | undefined;
    });
    return { id, caller };
  }

  async makeAgent(): Promise<Json> {
    const name = unique("agent");
    const agent = await this.owner.must("POST", "/api/v1/agents", { config: agentConfig(name), publish: true });
    this.private.push(agent.id, name);
    const draft = { config: { ...agentConfig(name), first_message: "Good morning." } };
    await this.owner.must("PUT", `/api/v1/agents/${agent.id}`, draft);
    await this.owner.must("POST", `/api/v1/agents/${agent.id}/publish`, { note: "second" });
    return this.owner.must("PUT", `/api/v1/agents/${agent.id}`, draft);
  }

  async makeWebhook(): Promise<Json> {
    // A port at which nobody answers: its deliveries fail.
    const body = { url: "https://127.0.0.1:9/hook", events: ["call.ended"], description: unique("CRM") };
    const webhook = await this.owner.must("POST", "/api/v1/webhooks", body);
    this.private.push(webhook.id, body.description);
    return webhook;
  }

  async makeDelivery(): Promise<{ webhook: Json; id: string }> {
    const webhook = await this.makeWebhook();
    await this.owner.must("POST", `/api/v1/webhooks/${webhook.id}/test`);
    const id = await eventually("the test is in the log of deliveries", async () => {
      const { items } = await this.owner.must("GET", `/api/v1/webhooks/${webhook.id}/deliveries`);
      return items[0]?.id as string | undefined;
    });
    this.private.push(id);
    return { webhook, id };
  }

  async makeNumber(): Promise<Json> {
    const number = await this.owner.must("POST", "/api/v1/phone-numbers", { phoneNumber: uniqueNumber() });
    this.private.push(number.id, number.phoneNumber);
    return number;
  }

  async makeConfiguration(more: { domain?: string } = {}): Promise<Json> {
    const name = unique("account");
    const body = { name, provider: "exotel", apiKey: "key", apiToken: "token", sid: unique("acme"), region: "in", ...more };
    const configuration = await this.owner.must("POST", "/api/v1/telephony-configurations", body);
    this.private.push(configuration.id, name, body.sid);
    return configuration;
  }

  async makeSession(): Promise<string> {
    const sessionId = unique("session");
    const body = { sessionId, agent: this.agent, message: "Until when are you open?" };
    await this.owner.must("POST", "/api/v1/chat", body);
    this.private.push(sessionId);
    return sessionId;
  }

  async makeInvite(): Promise<string> {
    const email = `${unique("ravi")}@example.com`;
    const { inviteUrl } = await this.owner.must("POST", "/api/v1/users", { email, role: "editor" });
    return inviteUrl.split("/").pop();
  }

  async makeUser(): Promise<string> {
    const email = `${unique("user")}@example.com`;
    const { user } = await this.owner.must("POST", "/api/v1/users", { email, role: "editor" });
    this.private.push(user.id, email);
    return user.id;
  }
}

// One thing of each kind that a path names; a kind that is not here fails the tests of its operation.
const makers: Record<string, (workspace: Workspace, operation: Operation) => Promise<string>> = {
  agentId: async (workspace) => (await workspace.makeAgent()).id,
  number: async (workspace, operation) =>
    operation.id === "deleteCaller" ? (await workspace.makeCall()).from : Promise.resolve("1"),
  phoneNumberId: async (workspace) => (await workspace.makeNumber()).id,
  // Exotel itself is not to hear of tests: what has another's address is never asked.
  configurationId: async (workspace, operation) =>
    (await workspace.makeConfiguration(operation.id === "checkTelephonyConfiguration" ? { domain: "voice.example.com" } : {})).id,
  webhookId: async (workspace, operation) =>
    operation.id === "listDeliveries"
      ? (await workspace.makeDelivery()).webhook.id
      : (await workspace.makeWebhook()).id,
  deliveryId: async (workspace) => (await workspace.makeDelivery()).id,
  keyId: async (workspace) => (await workspace.key(["calls:read"])).id,
  userId: (workspace) => workspace.makeUser(),
  callId: async (workspace, operation) =>
    operation.level === "admin" ? (await workspace.makeCall()).id : workspace.call.id,
  sessionId: (workspace) => workspace.makeSession(),
  token: (workspace) => workspace.makeInvite(),
  provider: async (workspace, operation) => {
    // At the second address nobody answers.
    const key = { key: "sk-0123456789abcdef4f7a" };
    if (operation.method === "DELETE") await workspace.owner.must("PUT", "/api/v1/provider-keys/openai", key);
    if (operation.id === "checkProviderKey")
      await workspace.owner.must("PUT", "/api/v1/provider-keys/openai", { ...key, url: "https://127.0.0.1:9" });
    return "openai";
  },
};

// What must be said where the documented example names things that are not there.
const bodies: Record<string, (workspace: Workspace, example: Json) => Json | Promise<Json>> = {
  createAgent: (_workspace, example) => ({ ...example, config: { ...example.config, name: unique("made") } }),
  importAgent: (_workspace, example: string) => example.replace("front-desk", unique("imported")),
  duplicateAgent: () => ({ name: unique("copy") }),
  rollBackAgent: () => ({ version: 1 }),
  inviteUser: (_workspace, example) => ({ ...example, email: `${unique("ravi")}@example.com` }),
  createWorkspace: (_workspace, example) => ({ ...example, ownerEmail: `${unique("meera")}@example.com` }),
  importPhoneNumber: (_workspace, example) => ({ ...example, phoneNumber: uniqueNumber() }),
  updatePhoneNumber: (workspace) => ({ linkedAgentId: workspace.agent }),
  aliasImportPhoneNumber: (workspace, example) => ({
    ...example,
    phoneNumber: uniqueNumber(),
    linkedAgentId: workspace.agent,
  }),
  aliasUpdatePhoneNumber: async (workspace, example) => ({
    ...example,
    id: (await workspace.makeNumber()).id,
    linkedAgentId: workspace.agent,
  }),
  createTelephonyConfiguration: (_workspace, example) => ({ ...example, name: unique("Main account") }),
  createWebhook: (_workspace, example) => ({ ...example, description: unique("CRM") }),
  createSession: (workspace, example) => ({ ...example, agent: workspace.agent }),
  placeCall: (workspace, example) => ({ ...example, agent: workspace.agent }),
  chat: (workspace, example) => ({ ...example, sessionId: unique("session"), agent: workspace.agent }),
  putSettings: (_workspace, example) => example,
};

const queries: Record<string, (workspace: Workspace) => Promise<Record<string, string>>> = {
  diffAgent: async () => ({ from: "1", to: "draft" }),
  aliasDeletePhoneNumber: async (workspace) => ({ id: (await workspace.makeNumber()).id }),
};

// The documented request of an operation, about things that are there.
export async function documentedRequest(workspace: Workspace, operation: Operation): Promise<Ready> {
  const ids: Record<string, string> = {};
  for (const { name } of operation.parameters.filter((parameter) => parameter.in === "path")) {
    const make = makers[name];
    if (make === undefined) throw new Error(`support/workspace.ts cannot make a {${name}} for ${operation.id}`);
    ids[name] = await make(workspace, operation);
  }
  const query = (await queries[operation.id]?.(workspace)) ?? {};
  const [contentType, media] = Object.entries(operation.body)[0] ?? [];
  const path = pathOf(operation, ids);
  if (contentType === undefined || media === undefined) return { path, query, ids };
  const json = (await bodies[operation.id]?.(workspace, media.example)) ?? media.example;
  return contentType === "application/json"
    ? { path, query, ids, json }
    : { path, query, ids, body: json as string, contentType };
}

export const pathOf = (operation: Operation, ids: Record<string, string>) =>
  operation.path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(ids[name]!));

export function send(as: Api, operation: Operation, ready: Ready, headers: Record<string, string> = {}) {
  return as.request(operation.method, ready.path, {
    query: ready.query,
    ...(ready.json === undefined ? {} : { json: ready.json }),
    ...(ready.body === undefined ? {} : { body: ready.body }),
    headers: { ...(ready.contentType === undefined ? {} : { "content-type": ready.contentType }), ...headers },
  });
}

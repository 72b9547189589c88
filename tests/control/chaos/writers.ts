// Clients of the API that write all the time and remember what was answered. Each request has an idempotency key and is
// sent again with the same key when there was no answer, as a careful client does.
import { performance } from "node:perf_hooks";

import { type Answer, type Json, api } from "../support/api.js";
import { pause } from "../support/server.js";
import type { Random } from "./random.js";
import type { World } from "./world.js";

// done: a success was answered, or that it had been done before. unknown: no answer was ever had.
export type Fate = "done" | "unknown";

export interface Written {
  kind: "agent" | "number" | "webhook" | "chat";
  name: string; // of the agent, the number's display name, the webhook's description, the message
  session?: string; // of a chat
  fate: Fate;
  id?: string; // as answered
}

export interface Draft {
  agent: string;
  saved: number; // the last revision whose saving was answered
  tried: number;
}

const chatAgent = "chaos-clerk";

const agentConfig = (name: string, description: string) => ({
  name,
  description,
  first_message: "Hello.",
  llm: { provider: "script" },
  script: { first_stage: "talk", fallback: "I see.", stages: { talk: { rules: [{ patterns: ["bye"], reply: "Goodbye." }] } } },
});

export class Writers {
  readonly written: Written[] = [];
  readonly drafts: Draft[] = [];
  readonly troubles: string[] = [];
  unavailable = 0;
  private over = false;
  private readonly loops: Promise<void>[] = [];
  private numbers = 0;

  constructor(
    private readonly world: World,
    private readonly random: Random,
  ) {}

  async start(): Promise<void> {
    await api(this.world.url).must("POST", "/api/v1/agents", { config: agentConfig(chatAgent, ""), publish: true });
    this.loops.push(this.run(() => this.writeAgent()));
    this.loops.push(this.run(() => this.writeNumber()));
    this.loops.push(this.run(() => this.writeWebhook()));
    this.loops.push(this.run(() => this.chat()));
    this.loops.push(this.run(() => this.chat()));
    this.loops.push(this.run(() => this.read()));
  }

  async stop(): Promise<void> {
    this.over = true;
    await Promise.all(this.loops);
  }

  private async run(step: () => Promise<void>): Promise<void> {
    while (!this.over) {
      await step();
      await pause(this.random.between(50, 300));
    }
  }

  private next(kind: string): string {
    return `${kind}-${++this.numbers}`;
  }

  // Undefined: no answer. 503 is right while the database is away, and nothing else above 499 ever is.
  private async ask(method: string, path: string, json?: unknown, headers: Record<string, string> = {}) {
    const from = performance.now();
    let answer: Answer;
    try {
      answer = await api(this.world.url).request(method, path, { json, headers, signal: AbortSignal.timeout(20_000) });
    } catch (error) {
      const until = performance.now();
      if (!this.world.wasAway("server", from, until, 500))
        this.troubles.push(`${method} ${path}: no answer while the server ran: ${String(error)}`);
      return undefined;
    }
    const until = performance.now();
    if (answer.status === 503) {
      ++this.unavailable;
      if (!this.world.wasAway("postgres", from, until, 1000))
        this.troubles.push(`${method} ${path}: 503 although the database was there: ${answer.text.slice(0, 300)}`);
      return undefined;
    }
    if (answer.status >= 500) this.troubles.push(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 300)}`);
    return answer;
  }

  private async post(path: string, json: unknown, key: string): Promise<{ fate: Fate; json?: Json }> {
    const deadline = performance.now() + 30_000;
    while (performance.now() < deadline) {
      const answer = await this.ask("POST", path, json, { "idempotency-key": key });
      if (answer !== undefined && answer.status < 300) return { fate: "done", json: answer.json };
      if (answer?.status === 409 && /was done already/.test(answer.text)) return { fate: "done" };
      if (answer !== undefined && answer.status < 500 && answer.status !== 409) {
        this.troubles.push(`POST ${path}: ${answer.status} ${answer.text.slice(0, 300)}`);
        return { fate: "unknown" };
      }
      // Without an answer, or the first try is taken to be still at work.
      await pause(300);
      if (this.over && answer?.status === 409) break;
    }
    return { fate: "unknown" };
  }

  private async writeAgent(): Promise<void> {
    const name = this.next("chaos-agent");
    const made = await this.post("/api/v1/agents", { config: agentConfig(name, "revision 0") }, name);
    this.written.push({ kind: "agent", name, fate: made.fate, id: made.json?.id });
    if (made.json === undefined) return;
    const draft: Draft = { agent: made.json.id, saved: 0, tried: 0 };
    this.drafts.push(draft);
    for (let revision = 1; revision <= 3; ++revision) {
      draft.tried = revision;
      const config = agentConfig(name, `revision ${revision}`);
      const answer = await this.ask("PUT", `/api/v1/agents/${draft.agent}`, { config });
      if (answer !== undefined && answer.status < 300) draft.saved = revision;
      else if (answer !== undefined && answer.status < 500)
        this.troubles.push(`PUT of agent ${name}: ${answer.status} ${answer.text.slice(0, 300)}`);
      await pause(this.random.between(20, 100));
    }
  }

  private async writeNumber(): Promise<void> {
    const name = this.next("chaos-number");
    const phoneNumber = `+9180${String(10_000_000 + this.numbers)}`;
    const made = await this.post("/api/v1/phone-numbers", { phoneNumber, displayName: name }, name);
    this.written.push({ kind: "number", name, fate: made.fate, id: made.json?.id });
  }

  private async writeWebhook(): Promise<void> {
    const name = this.next("chaos-webhook");
    const input = { url: "http://127.0.0.1:9/nobody", events: ["escalation"], description: name, enabled: false };
    const made = await this.post("/api/v1/webhooks", input, name);
    this.written.push({ kind: "webhook", name, fate: made.fate, id: made.json?.id });
  }

  private async chat(): Promise<void> {
    const session = this.next("chaos-session");
    for (let i = 0; i < 4 && !this.over; ++i) {
      const name = this.next("message");
      const input = { message: name, sessionId: session, agent: chatAgent };
      const said = await this.post("/api/v1/chat", input, name);
      this.written.push({ kind: "chat", name, session, fate: said.fate });
    }
  }

  private async read(): Promise<void> {
    await this.ask("GET", "/api/v1/calls?limit=20");
    await this.ask("GET", "/api/v1/live/calls");
    await this.ask("GET", "/api/v1/agents");
  }
}

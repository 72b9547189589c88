// Parley with one agent and the emulated vendors.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Call, Server } from "../../e2e/support/server.js";
import type { Choice } from "./choices.js";
import type { Emulation, Scheme } from "./emulation.js";

/** An agent file, in as far as the tests say something about it. */
export interface AgentFile {
  kind?: "conversation" | "realtime";
  first_message?: string;
  stt?: Choice;
  llm?: Choice;
  tts?: Choice;
  sts?: Choice;
  [key: string]: unknown;
}

export interface Money {
  amount: number;
  currency: string;
}
export interface UsageRow {
  turn: number;
  part: string;
  vendor: string;
  model: string;
  estimated: boolean;
  inputTokens?: number;
  cachedInputTokens?: number;
  outputTokens?: number;
  audioInputTokens?: number;
  audioOutputTokens?: number;
  characters?: number;
  audioSeconds?: number;
  cost: Money | null;
}
export interface CostSum {
  totals: (Money & { parts: Record<string, number>; pricesAsOf: string })[];
  withoutAPrice: string[];
}
export interface TranscriptSegment {
  channel: string;
  start: number;
  end: number;
  text: string;
}
export interface VendorCall extends Call {
  usage: UsageRow[];
  cost: CostSum;
  recordingTranscript: { vendor: string; model: string; error: string; segments: TranscriptSegment[] } | null;
}

export interface AgentServerOptions {
  scheme?: Scheme;
  env?: Record<string, string>;
  args?: string[];
  dataDir?: string; // kept when the server ends
}

export class AgentServer {
  private constructor(
    readonly server: Server,
    readonly key: string,
    private readonly directory: string,
  ) {}

  /** `key` is every vendor's, and this server's alone. */
  static async start(emulation: Emulation, key: string, agent: AgentFile, options: AgentServerOptions = {}): Promise<AgentServer> {
    const directory = mkdtempSync(join(tmpdir(), "parley-vendors-"));
    const file = join(directory, "agent.yaml");
    // JSON is YAML, too.
    writeFileSync(file, JSON.stringify({ name: "desk", language: "en-IN", first_message: "Hello.", prompt: "You are the desk of a small hotel.", ...agent }));
    try {
      const server = await Server.start({
        agent: file,
        ...(options.dataDir !== undefined ? { dataDir: options.dataDir } : {}),
        args: ["--log-format", "json", ...(options.args ?? [])],
        // A machine that is busy with other tests is no reason to refuse a call here. The tools are on it, too.
        env: { PARLEY_MAX_LOOP_LAG: "5s", PARLEY_DRAIN_DEADLINE: "1s", PARLEY_OUTBOUND_ALLOW: "127.0.0.0/8", ...emulation.environment(key, options.scheme), ...options.env },
      });
      return new AgentServer(server, key, directory);
    } catch (error) {
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** The call as it is in the log when it has ended (and `ready` holds). */
  async callOf(streamId: string, ready: (call: VendorCall) => boolean = () => true): Promise<VendorCall> {
    const call = await this.server.callOfStream(streamId, (one) => one.status !== "in_progress" && ready(one as VendorCall));
    return call as VendorCall;
  }

  /** Ends as a server is ended; anything but a clean end is an error of the test. */
  async stop(): Promise<void> {
    try {
      if (this.server.isRunning) {
        this.server.signal("SIGTERM");
        const { code, signal } = await this.server.ended;
        if (code !== 0) throw new Error(`the server ended with ${code ?? signal}\n${this.server.stderr.slice(-4000)}`);
      }
    } finally {
      await this.server.stop();
      rmSync(this.directory, { recursive: true, force: true });
    }
  }
}

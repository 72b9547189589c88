// The server with its PostgreSQL and its S3 store: three processes that die and are started again by what would be a
// service manager. Keeps the times at which each was away.
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

import { Store, kBucket, kCredentials } from "../s3/store.js";
import { Server, pause } from "../support/server.js";
import { Cluster, freePort } from "./postgres.js";

export type Part = "server" | "postgres" | "s3";

export interface Outage {
  part: Part;
  from: number; // milliseconds of performance.now()
  to: number;
}

export class World {
  readonly outages: Outage[] = [];
  readonly dataDir: string;
  private running: Server | undefined;
  private words = "";

  private constructor(
    private readonly directory: string,
    readonly port: number,
    readonly cluster: Cluster,
    readonly store: Store,
  ) {
    this.dataDir = join(directory, "server");
  }

  static async make(): Promise<World> {
    const cluster = await Cluster.make();
    const store = new Store();
    await store.start();
    const world = new World(mkdtempSync(join(tmpdir(), "parley-chaos-")), await freePort(), cluster, store);
    await world.startServer();
    return world;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  get streamUrl(): string {
    return `ws://127.0.0.1:${this.port}/media`;
  }
  // What all servers have logged so far.
  get log(): string {
    return this.words + (this.running?.stderr ?? "");
  }

  // Killed now; `back()` starts it again and returns when it serves.
  async kill(part: Part): Promise<{ back: () => Promise<void> }> {
    const outage = { part, from: performance.now(), to: Infinity };
    this.outages.push(outage);
    if (part === "server") await this.killServer();
    if (part === "postgres") await this.cluster.kill();
    if (part === "s3") await this.store.kill();
    return {
      back: async () => {
        if (part === "server") await this.startServer();
        if (part === "postgres") await this.cluster.start();
        if (part === "s3") await this.store.start();
        outage.to = performance.now();
      },
    };
  }

  // Whether `part` was away at any moment from `from` to `to`, or had just come back.
  wasAway(part: Part, from: number, to: number, graceMs = 0): boolean {
    return this.outages.some((outage) => outage.part === part && outage.from <= to && from <= outage.to + graceMs);
  }

  // As a service manager does, again and again: it does not start without its database.
  async startServer(withinMs = 30_000): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      try {
        this.running = await Server.start({
          agent: "bench",
          port: this.port,
          dataDir: this.dataDir,
          env: {
            DATABASE_URL: this.cluster.url,
            S3_ENDPOINT: `http://127.0.0.1:${this.store.port}`,
            AWS_S3_BUCKET: kBucket,
            AWS_ACCESS_KEY_ID: kCredentials.accessKeyId,
            AWS_SECRET_ACCESS_KEY: kCredentials.secretAccessKey,
            PARLEY_NODE: "chaos-1",
            PARLEY_MAX_CALLS: "500",
            PARLEY_MAX_LOOP_LAG: "10s",
            PARLEY_OUTBOUND_ALLOW: "127.0.0.0/8",
          },
        });
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await pause(200);
      }
    }
  }

  async killServer(): Promise<void> {
    const server = this.running;
    this.running = undefined;
    if (server === undefined) return;
    if (!server.isRunning) throw new Error(`the server had died by itself\n${server.stderr}`);
    await server.kill();
    this.words += server.stderr;
    await server.stop();
  }

  async shutServerDown(): Promise<number | null> {
    const server = this.running!;
    this.running = undefined;
    const ended = await server.shutDown();
    this.words += server.stderr;
    await server.stop();
    return ended.code;
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const lines = text.split("\n").filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  }

  spoolFiles(): string[] {
    return filesBelow(join(this.dataDir, "spool"));
  }
  recordingFiles(): string[] {
    return filesBelow(join(this.dataDir, "recordings")).filter((file) => file.endsWith(".wav"));
  }
  // Uploads of several parts that were begun and neither completed nor aborted.
  unfinishedUploads(): string[] {
    return filesBelow(join(this.store.directory, kBucket)).filter((file) => /_uploads\//.test(file));
  }

  // Rows are in the database and recordings in the store.
  async settled(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const missing = this.cluster.sql(
        "SELECT c.id FROM calls c LEFT JOIN recordings r ON r.call_id = c.id " +
          "WHERE c.status = 'in_progress' OR r.stored_kind <> 's3'",
      );
      const files = [...this.spoolFiles(), ...this.recordingFiles()];
      if (missing.length === 0 && files.length === 0) return;
      if (performance.now() > deadline)
        throw new Error(`did not arrive: calls ${missing.slice(0, 5).join(" ")}, files ${files.slice(0, 5).join(" ")}`);
      await pause(200);
    }
  }

  async remove(): Promise<void> {
    await this.killServer().catch(() => undefined);
    await this.cluster.remove();
    await this.store.remove();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

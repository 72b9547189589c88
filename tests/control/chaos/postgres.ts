// A PostgreSQL cluster of its own that is killed and comes back: everything is synced to disk as in production. Started
// as the user postgres when the tests run as root, which PostgreSQL refuses to be.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { eventually, pause } from "../support/server.js";

const versions = "/usr/lib/postgresql";

function binaries(): string {
  const newest = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0] : undefined;
  if (newest === undefined) throw new Error("PostgreSQL is not installed: apt-get install postgresql");
  return join(versions, newest, "bin");
}

function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (what: string) => Number(execFileSync("id", [what, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

// The process and all it has started, by the parents that /proc tells.
function family(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const found = [pid];
  for (let i = 0; i < found.length; ++i)
    for (const [child, parent] of parents) if (parent === found[i]) found.push(child);
  return found;
}

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

export class Cluster {
  readonly directory = mkdtempSync(join(tmpdir(), "parley-pg-"));
  private readonly user = owner();
  private readonly bin = binaries();
  private postmaster: ChildProcess | undefined;
  private words = "";

  private constructor(readonly port: number) {}

  static async make(): Promise<Cluster> {
    const cluster = new Cluster(await freePort());
    if (cluster.user !== undefined) chownSync(cluster.directory, cluster.user.uid, cluster.user.gid);
    execFileSync(
      join(cluster.bin, "initdb"),
      ["-D", join(cluster.directory, "pg"), "-U", "parley", "--auth=trust", "--encoding=UTF8", "--locale=C"],
      { ...cluster.user, cwd: cluster.directory, stdio: ["ignore", "ignore", "inherit"] },
    );
    await cluster.start();
    cluster.sql("CREATE DATABASE parley", "postgres");
    return cluster;
  }

  get url(): string {
    return `postgresql://parley@127.0.0.1:${this.port}/parley`;
  }

  // Up and past its recovery.
  async start(): Promise<void> {
    const settings = {
      listen_addresses: "127.0.0.1",
      port: this.port,
      unix_socket_directories: "",
      fsync: "on",
      shared_buffers: "32MB",
      max_connections: 60,
    };
    const child = spawn(
      join(this.bin, "postgres"),
      ["-D", join(this.directory, "pg"), ...Object.entries(settings).flatMap(([key, value]) => ["-c", `${key}=${value}`])],
      { ...this.user, cwd: this.directory, stdio: ["ignore", "ignore", "pipe"] },
    );
    this.postmaster = child;
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.words = (this.words + text).slice(-4000)));
    await eventually(
      "PostgreSQL to take connections",
      async () => {
        if (child.exitCode !== null) throw new Error(`PostgreSQL ended with ${child.exitCode}\n${this.words}`);
        try {
          this.sql("SELECT 1", "postgres");
          return true;
        } catch {
          return false;
        }
      },
      30_000,
    );
  }

  // kill -9 of every process of the cluster.
  async kill(): Promise<void> {
    const child = this.postmaster;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    const all = family(child.pid);
    for (const pid of all) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended by itself: its postmaster is gone.
      }
    }
    await exited;
    while (all.some(isAlive)) await pause(5);
  }

  // One line of output for each row, columns with | between.
  sql(statement: string, database = "parley"): string[] {
    const output = execFileSync(
      join(this.bin, "psql"),
      ["-h", "127.0.0.1", "-p", String(this.port), "-U", "parley", "-d", database, "-XAtqc", statement],
      { ...this.user, cwd: this.directory, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
    return output.split("\n").filter((line) => line !== "");
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

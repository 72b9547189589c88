// A server whose call log is full of calls of a year, for tests that look for some of them.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededFile } from "../../control/bench/sqlite_log.js";
import { Server, type ServerOptions } from "../../control/support/server.js";

export interface FullServer {
  server: Server;
  stop: () => Promise<void>;
}

// The log is made by SQL once and kept in build/.
export async function serverWithCalls(rows: number, options: ServerOptions = {}): Promise<FullServer> {
  const { file } = await seededFile(rows);
  const directory = mkdtempSync(join(tmpdir(), "parley-log-"));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    const dataDir = join(directory, "data");
    mkdirSync(dataDir, { mode: 0o700 });
    copyFileSync(file, join(dataDir, "parley.db"));
    const server = await Server.start({ ...options, dataDir });
    return { server, stop: () => server.stop().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

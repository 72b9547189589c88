// A SQLite database with a full call log. It is kept in build/ and used again while the schema is the same.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parleyBinary, repositoryRoot } from "../../e2e/support/server.js";
import { kAllCores, launch, onCores, run, say } from "./programs.js";
import { kTables, type Log, rowStatements, wordStatements } from "./seed_sql.js";

/** Starts the server once: it makes its tables. */
export async function makeTables(dataDir: string, env: Record<string, string> = {}): Promise<void> {
  const child = launch(parleyBinary, ["serve", "--host", "127.0.0.1", "--port", "0", "--data-dir", dataDir, "--agent", "bench", "--log-level", "warn"], env);
  let output = "";
  await new Promise<void>((resolve, reject) => {
    const look = (text: Buffer) => {
      output += text.toString();
      if (output.includes("listening on ")) resolve();
    };
    child.stdout!.on("data", look);
    child.stderr!.on("data", look);
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`the server that was to make the tables ended: ${output}`)));
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

const sqlite = (file: string, input: string) => run(...onCores(kAllCores, "sqlite3", ["-batch", "-bail", file]), input);

async function seed(file: string, log: Log): Promise<void> {
  const tables = kTables.map((table) => `'${table}'`).join(", ");
  const where = `tbl_name IN (${tables}) AND type IN ('index', 'trigger') AND sql IS NOT NULL`;
  const later = await sqlite(file, `SELECT sql || ';' FROM sqlite_schema WHERE ${where};`);
  const drop = await sqlite(file, `SELECT 'DROP ' || type || ' ' || name || ';' FROM sqlite_schema WHERE ${where};`);
  // Indexes are made when the rows are there, the index of the words by FTS5 itself: far faster than row by row.
  await sqlite(
    file,
    `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
     PRAGMA cache_size = -1000000; PRAGMA temp_store = MEMORY; PRAGMA threads = 2;
     BEGIN; ${drop} ${[...wordStatements("sqlite"), ...rowStatements("sqlite", log, 1, log.rows)].join(";\n")};
     INSERT INTO turn_texts (turn_texts) VALUES ('rebuild');
     ${later} COMMIT; PRAGMA integrity_check(1);`,
  );
}

/** What the rows depend on: the schema and the seeder. */
function fingerprint(): string {
  const hash = createHash("sha256");
  const migrations = join(repositoryRoot, "migrations", "sqlite");
  for (const name of readdirSync(migrations).sort()) hash.update(readFileSync(join(migrations, name)));
  for (const name of ["seed_sql.ts", "words.ts"]) hash.update(readFileSync(join(repositoryRoot, "tests", "control", "bench", name)));
  return hash.digest("hex").slice(0, 16);
}

export interface SeededFile {
  file: string;
  log: Log;
  seconds: number; // that seeding took, now or when it was made
}

export async function seededFile(rows: number): Promise<SeededFile> {
  const cache = join(repositoryRoot, "build", "control_bench");
  const place = join(cache, `${rows}-${fingerprint()}`);
  const description = join(place, "log.json");
  const file = join(place, "data", "parley.db");
  if (existsSync(description)) {
    say(`SQLite: the log of ${rows} calls is there`);
    const { log, seconds } = JSON.parse(readFileSync(description, "utf8")) as { log: Log; seconds: number };
    return { file, log, seconds };
  }
  // A million calls take some gigabytes: those of an older schema go.
  const old = existsSync(cache) ? readdirSync(cache).filter((name) => name.startsWith(`${rows}-`)) : [];
  for (const name of old) rmSync(join(cache, name), { recursive: true, force: true });
  const making = `${place}.making`;
  mkdirSync(making, { recursive: true });
  const began = Date.now();
  const log = { rows, end: began };
  await makeTables(join(making, "data"));
  await seed(join(making, "data", "parley.db"), log);
  const seconds = (Date.now() - began) / 1000;
  writeFileSync(join(making, "log.json"), JSON.stringify({ log, seconds }));
  renameSync(making, place);
  say(`SQLite: seeded ${rows} calls in ${seconds.toFixed(0)} s`);
  return { file, log, seconds };
}

// A PostgreSQL server of Debian's package with a database of its own and a full call log, thrown away at the end. It
// keeps what it is told as one in service does; only while the rows are put in does it not wait for the disk.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { kAllCores, kOtherCores, onCores, run, say } from "./programs.js";
import { kTables, type Log, rowStatements, wordStatements } from "./seed_sql.js";
import { makeTables } from "./sqlite_log.js";

const kShards = 2; // connections that put rows in, each a share

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

export class PostgresLog {
  seconds = 0;
  private constructor(
    private readonly place: string,
    private readonly programs: string,
    readonly port: number,
    readonly log: Log,
  ) {}

  /** `scratch`: a directory for the server's data that is not in the database. */
  static async start(rows: number, scratch: string): Promise<PostgresLog> {
    const versions = "/usr/lib/postgresql";
    const version = readdirSync(versions).sort((a, b) => Number(a) - Number(b)).at(-1)!;
    // Not in the repository's directory, which the user postgres may not be allowed to enter; short for the socket.
    const place = mkdtempSync("/tmp/parley-bench-pg.");
    chmodSync(place, 0o755);
    const made = new PostgresLog(place, join(versions, version, "bin"), await freePort(), { rows, end: Date.now() });
    process.on("exit", () => made.remove());
    if (process.getuid!() === 0) await run("chown", ["postgres", place]);
    await made.owner("initdb", ["-D", `${place}/cluster`, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
    const options = `-p ${made.port} -k ${place} -c listen_addresses=127.0.0.1 -c shared_buffers=1GB -c maintenance_work_mem=512MB -c max_wal_size=8GB`;
    await made.owner("pg_ctl", ["-D", `${place}/cluster`, "-l", `${place}/log`, "-w", "-t", "30", "-o", options, "start"], kAllCores);
    await made.seed(scratch);
    return made;
  }

  get url(): string {
    return `postgresql://postgres@127.0.0.1:${this.port}/postgres`;
  }

  psql(input: string): Promise<string> {
    return run("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", this.url], input);
  }

  private async seed(scratch: string): Promise<void> {
    const began = Date.now();
    await makeTables(join(scratch, "tables"), { DATABASE_URL: this.url });
    await this.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off; ALTER SYSTEM SET autovacuum = off;");
    await this.psql("SELECT pg_reload_conf()");
    const tables = kTables.map((table) => `'${table}'`).join(", ");
    const indexes = `FROM pg_indexes i WHERE schemaname = 'public' AND tablename IN (${tables})
      AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)`;
    const later = (await this.psql(`SELECT indexdef || ';' ${indexes} ORDER BY indexname`)).split("\n").filter((line) => line !== "");
    await this.psql((await this.psql(`SELECT 'DROP INDEX ' || indexname || ';' ${indexes}`)) + wordStatements("postgres").join(";\n") + ";");
    // As a replica does: without looking up each row's foreign key.
    const settings = "SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '1GB';";
    const share = Math.ceil(this.log.rows / kShards);
    await Promise.all(
      Array.from({ length: kShards }, (_, n) => {
        const to = Math.min((n + 1) * share, this.log.rows);
        return this.psql(`${settings} BEGIN; ${rowStatements("postgres", this.log, n * share + 1, to).join(";\n")}; COMMIT;`);
      }),
    );
    // The index of the words takes as long as all others together.
    const words = later.filter((line) => line.includes(" gin "));
    const others = later.filter((line) => !line.includes(" gin "));
    await Promise.all([words, others].map((some) => this.psql(`${settings} ${some.join("\n")}`)));
    await this.psql("DROP TABLE seed_words;");
    await this.psql("VACUUM (ANALYZE, PARALLEL 0);");
    await this.psql("ALTER SYSTEM RESET ALL;");
    await this.psql("SELECT pg_reload_conf()");
    await this.psql("CHECKPOINT;");
    this.seconds = (Date.now() - began) / 1000;
    say(`PostgreSQL: seeded ${this.log.rows} calls in ${this.seconds.toFixed(0)} s`);
    // From now on beside the callers, as if on another machine.
    const postmaster = (await run("head", ["-1", `${this.place}/cluster/postmaster.pid`])).trim();
    const all = (await run("pgrep", ["-P", postmaster])).split("\n").filter((pid) => pid !== "");
    for (const pid of [postmaster, ...all]) await run("taskset", ["-a", "-c", "-p", kOtherCores, pid]).catch(() => "");
  }

  private owner(program: string, args: string[], cores = kAllCores): Promise<string> {
    const [command, rest] = onCores(cores, join(this.programs, program), args);
    return process.getuid!() === 0 ? run("runuser", ["-u", "postgres", "--", command, ...rest]) : run(command, rest);
  }

  remove(): void {
    const stop = [join(this.programs, "pg_ctl"), "-D", `${this.place}/cluster`, "-m", "immediate", "stop"];
    const command = process.getuid!() === 0 ? ["runuser", "-u", "postgres", "--", ...stop] : stop;
    try {
      execFileSync(command[0]!, command.slice(1), { cwd: "/", stdio: "ignore" });
    } catch {
      // It has never been started, or is stopped already.
    }
    rmSync(this.place, { recursive: true, force: true });
  }
}

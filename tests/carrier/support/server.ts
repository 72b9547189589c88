// The real program with an emulated Exotel as its carrier.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Api, type Json, api } from "../../control/support/api.js";
import { type CommandResult, Server, eventually, runParley } from "../../control/support/server.js";
import { Emulator, freePort } from "./emulator.js";

export { eventually };

export const ownNumber = "08000000000";

export interface CarrierOptions {
  // The text of the emulator's world; may be made of the numbers, as the API gave them, by what they were asked for.
  world: string | ((numbers: Record<string, Json>) => string);
  // Who answers where nothing else is said: the text of an agent file, or a bundled agent's name.
  agent?: string;
  // Published by the API: the texts of agent files.
  agents?: string[];
  // Numbers of ours, each with the name of the agent that answers it, or with more of what the API takes.
  numbers?: Record<string, string | Record<string, unknown>>;
  env?: Record<string, string>;
  settings?: Record<string, unknown>;
}

export const isOver = (call: Json) => !["queued", "ringing", "in_progress", "initiated"].includes(call.status);

export class CarrierServer {
  private constructor(
    readonly server: Server,
    readonly emulator: Emulator,
    readonly api: Api,
    private readonly directory: string,
  ) {}

  static async start(options: CarrierOptions): Promise<CarrierServer> {
    const directory = mkdtempSync(join(tmpdir(), "parley-carrier-"));
    // The server comes first: a world may speak of what is made in it.
    const [port, emulatorPort] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${port}`;
    let agent = options.agent ?? "bench";
    if (agent.includes("\n")) {
      const file = join(directory, "agent.yaml");
      writeFileSync(file, agent);
      agent = file;
    }
    const server = await Server.start({
      agent,
      port,
      env: {
        EXOTEL_BASE_URL: `http://127.0.0.1:${emulatorPort}`,
        EXOTEL_ACCOUNT_SID: "emulated1",
        EXOTEL_API_KEY: "emulated-key",
        EXOTEL_API_TOKEN: "emulated-token",
        EXOTEL_VIRTUAL_NUMBER: ownNumber,
        EXOTEL_APP_ID: "agent",
        PUBLIC_URL: url,
        ...options.env,
      },
      ...(options.settings === undefined ? {} : { settings: options.settings }),
    });
    try {
      const client = api(server);
      for (const yaml of options.agents ?? []) await client.must("POST", "/api/v1/agents", { yaml, publish: true });
      const numbers: Record<string, Json> = {};
      for (const [phoneNumber, given] of Object.entries(options.numbers ?? {})) {
        const more = typeof given === "string" ? { linkedAgentId: given } : given;
        numbers[phoneNumber] = await client.must("POST", "/api/v1/phone-numbers", { phoneNumber, ...more });
      }
      const world = typeof options.world === "string" ? options.world : options.world(numbers);
      const emulator = await Emulator.start(world, url, emulatorPort);
      return new CarrierServer(server, emulator, client, directory);
    } catch (error) {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
  }

  // Rings somebody by the API; the row as it was answered.
  place(to: string, order: Record<string, unknown> = {}): Promise<Json> {
    return this.api.must("POST", "/api/v1/calls", { to, ...order });
  }
  // `parley dial` against this server, run to its end.
  dial(to: string, ...args: string[]): Promise<CommandResult> {
    return runParley(["dial", to, "--server", this.server.url, "-o", "json", ...args]);
  }

  // A call with turns and events, by its id.
  call(id: string): Promise<Json> {
    return this.api.must("GET", `/api/v1/calls/${id}`);
  }
  // All rows there are of one of the carrier's calls.
  async rowsOf(carrierCallId: string): Promise<Json[]> {
    const page = await this.api.must("GET", "/api/v1/calls", undefined, { query: { limit: 100 } });
    return page.items.filter((row: Json) => row.carrierCallId === carrierCallId);
  }
  // The row when `ready` holds (when it is over, without one): rows are written a moment after the fact, that of a
  // call just placed, too.
  callWhen(id: string, ready: (call: Json) => boolean = isOver, withinMs = 20_000): Promise<Json> {
    let last: Json;
    return eventually(
      `call ${id}`,
      async () => {
        const answer = await this.api.get(`/api/v1/calls/${id}`);
        last = answer.json;
        return answer.status === 200 && ready(last) && last;
      },
      withinMs,
    ).catch((error: Error) => {
      throw new Error(`${error.message}, last seen: ${JSON.stringify(last)}`);
    });
  }
  // The one row of the carrier's call, when it is over or as wanted; more than one is a mistake.
  async rowOf(carrierCallId: string, ready: (call: Json) => boolean = isOver): Promise<Json> {
    const found = await eventually(`a row of ${carrierCallId}`, async () => (await this.rowsOf(carrierCallId))[0]);
    const call = await this.callWhen(found.id, ready);
    const rows = await this.rowsOf(carrierCallId);
    if (rows.length !== 1) throw new Error(`${rows.length} rows of one call: ${JSON.stringify(rows)}`);
    return call;
  }

  // For behind the tests: whatever the server did wrong in any call, and a server that has died, is a failure.
  async finish(): Promise<void> {
    const violations = await this.emulator.violations();
    await this.stop();
    if (violations.length > 0) throw new Error(`the server did wrong:\n${violations.join("\n")}`);
  }

  // Only a server that has died is a failure.
  async stop(): Promise<void> {
    try {
      await this.server.stop();
    } finally {
      await this.emulator.stop();
      rmSync(this.directory, { recursive: true, force: true });
    }
  }
}

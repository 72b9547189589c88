// The whole emulator: the vendors' servers, the control server and the speech behind them, in one process.
import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { kVendors } from "../vendors.js";
import { Journal } from "./journal.js";
import { replyTo } from "./replies.js";
import { kPlans, Rules } from "./rules.js";
import { EnergySegmenter } from "./segmenter.js";
import { VendorServer } from "./server.js";
import { findWorker, Speech } from "./speech.js";
import { type Certificate, makeCertificate } from "./tls.js";
import type { Core, Rule } from "./types.js";

export interface EmulatorOptions {
  latency?: string; // a plan's name
  speechWorker?: string; // path of parley-speech-worker; default: where the build puts it
  tls?: boolean; // default true
  hears?: string; // what every recogniser hears, at once, whatever is said to it
  handshakeMs?: number; // until a new connection is answered at all
}

/** The first line of stdout. */
export interface Addresses {
  control: string;
  ca: string; // path of the authority's certificate; "" without TLS
  [vendor: string]: string | { http: string; ws: string; https: string; wss: string };
}

export class Emulator {
  private constructor(
    readonly addresses: Addresses,
    private readonly rules: Rules,
    private readonly journal: Journal,
    private readonly vendors: VendorServer[],
    private readonly control: Server,
    private readonly speech: Speech,
    private readonly certificate: Certificate | undefined,
  ) {}

  static async start(options: EmulatorOptions = {}): Promise<Emulator> {
    const plan = options.latency ?? "none";
    if (!(plan in kPlans)) throw new Error(`--latency knows ${Object.keys(kPlans).join(", ")}`);
    const program = options.speechWorker ?? findWorker();
    if (program === undefined) throw new Error("parley-speech-worker is not built: run scripts/build, or name it with --speech-worker");
    const [speech, certificate] = await Promise.all([Speech.start(program), options.tls === false ? undefined : makeCertificate()]);
    const rules = new Rules(plan);
    const journal = new Journal();
    const id = (prefix = "") => prefix + randomBytes(12).toString("hex");
    const core: Core = {
      speak: (text, how) => speech.speak(text, how),
      recognise: options.hears === undefined ? (samples, rate) => speech.recognise(samples, rate) : () => Promise.resolve(options.hears!),
      segmenter: (how, handlers) => new EnergySegmenter(how, handlers),
      reply: (request) => replyTo(request, () => id("call_")),
      id,
      uuid: randomUUID,
    };
    const vendors = kVendors.map((make) => new VendorServer(make(core), rules, journal, options.handshakeMs ?? 0));
    const addresses: Addresses = { control: "", ca: certificate?.caFile ?? "" };
    for (const server of vendors) {
      addresses[server.vendor.name] = (await server.listen(certificate)) as Exclude<Addresses[string], string>;
    }
    const control = createServer();
    const emulator = new Emulator(addresses, rules, journal, vendors, control, speech, certificate);
    control.on("request", (request, response) => {
      void emulator.command(request).then(({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => control.listen(0, "127.0.0.1", resolve));
    addresses.control = `http://127.0.0.1:${(control.address() as AddressInfo).port}`;
    return emulator;
  }

  /** "http", "ws", "https" or "wss" of a vendor. */
  url(vendor: string, scheme: "http" | "ws" | "https" | "wss"): string {
    const urls = this.addresses[vendor];
    if (typeof urls !== "object") throw new Error(`there is no vendor ${vendor}`);
    return urls[scheme];
  }

  rule(rule: Rule): void {
    const problem = Rules.problem(rule);
    if (problem !== undefined) throw new Error(problem);
    this.rules.add(rule);
  }

  state(key?: string): ReturnType<Journal["state"]> {
    return this.journal.state(key);
  }

  async stop(): Promise<void> {
    this.control.closeAllConnections();
    this.control.close();
    this.speech.stop();
    await Promise.all(this.vendors.map((server) => server.close()));
    await this.certificate?.remove();
  }

  private async command(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const key = url.searchParams.get("key") ?? undefined;
    const what = `${request.method} ${url.pathname}`;
    if (what === "GET /state") return { status: 200, body: this.journal.state(key) };
    if (what === "DELETE /state") {
      this.journal.clear(key);
      return { status: 200, body: {} };
    }
    if (what === "GET /rules") return { status: 200, body: this.rules.list(key) };
    if (what === "DELETE /rules") {
      this.rules.clear(key);
      return { status: 200, body: {} };
    }
    if (what !== "POST /rules") return { status: 404, body: { error: "there is GET|DELETE /state and GET|POST|DELETE /rules" } };
    let text = "";
    for await (const piece of request) text += String(piece);
    try {
      const asked = JSON.parse(text) as Rule | Rule[];
      const rules = Array.isArray(asked) ? asked : [asked];
      const problem = rules.map((rule) => Rules.problem(rule)).find((one) => one !== undefined);
      if (problem !== undefined) return { status: 400, body: { error: problem } };
      for (const rule of rules) this.rules.add(rule);
      return { status: 200, body: {} };
    } catch {
      return { status: 400, body: { error: "the body is a rule or a list of rules, as JSON" } };
    }
  }
}

// A store to test against: s3rver, which knows S3's operations but takes any signature of version 4, behind a gate that
// checks signatures with the official signer. And the server's own hand at it, as a command.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { S3Client } from "@aws-sdk/client-s3";
import { Hash } from "@smithy/hash-node";
import { HttpRequest } from "@smithy/protocol-http";
import { SignatureV4 } from "@smithy/signature-v4";

export const kBucket = "recordings";
export const kRegion = "us-east-1";
export const kCredentials = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };

const here = path.dirname(fileURLToPath(import.meta.url));
const worker = process.env["BLOB_WORKER"] ?? path.join(here, "../../../build/release/parley-blob-worker");

/** "20130524T000000Z" as a time. */
function timeOf(date: string): Date {
  return new Date(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function signer(): SignatureV4 {
  return new SignatureV4({
    service: "s3",
    region: kRegion,
    credentials: kCredentials,
    sha256: Hash.bind(null, "sha256"),
    uriEscapePath: false,
    applyChecksum: false,
  });
}

/** What the official signer makes of the request that came, to be compared with the signature it has. */
export async function expectedSignature(method: string, url: URL, headers: Record<string, string>, host: string): Promise<string> {
  const query: Record<string, string> = Object.fromEntries(url.searchParams);
  const common = { method, protocol: "http:", hostname: host, path: url.pathname };
  if (query["X-Amz-Signature"] !== undefined) {
    const { "X-Amz-Signature": _, "X-Amz-Algorithm": _a, "X-Amz-Credential": _c, "X-Amz-Date": date, "X-Amz-Expires": expires, "X-Amz-SignedHeaders": _h, ...rest } = query;
    // The header tells the signer that the body is not signed, and is itself no part of the address.
    const told = "x-amz-content-sha256";
    const request = new HttpRequest({ ...common, headers: { host, [told]: "UNSIGNED-PAYLOAD" }, query: rest });
    const signed = await signer().presign(request, {
      signingDate: timeOf(date!),
      expiresIn: Number(expires),
      unhoistableHeaders: new Set([told]),
      unsignableHeaders: new Set([told]),
    });
    return String(signed.query?.["X-Amz-Signature"]);
  }
  const names = /SignedHeaders=([^,]+),/.exec(headers["authorization"] ?? "")?.[1]?.split(";") ?? [];
  const signable = new Set(names);
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => signable.has(name)));
  const request = new HttpRequest({ ...common, headers: kept, query });
  const signed = await signer().sign(request, { signingDate: timeOf(headers["x-amz-date"]!), signableHeaders: signable });
  return /Signature=([0-9a-f]+)/.exec(signed.headers["authorization"] ?? "")?.[1] ?? "none";
}

function refuse(answer: http.ServerResponse, status: number, code: string, more = ""): void {
  answer.writeHead(status, { "content-type": "application/xml" });
  answer.end(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>refused at the gate</Message>${more}</Error>`);
}

/** Passes on what is signed well. */
export class Gate {
  readonly seen: string[] = [];
  // Answers instead of the store; undefined lets the request pass.
  rule: ((method: string, url: URL) => { status: number; code: string; more?: string } | undefined) | undefined;
  port = 0;
  private readonly server = http.createServer((request, answer) => void this.pass(request, answer));

  constructor(private readonly store: () => number) {}

  async start(): Promise<void> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as AddressInfo).port;
  }
  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  private async pass(request: http.IncomingMessage, answer: http.ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    const method = request.method ?? "";
    const url = new URL(request.url ?? "", this.endpoint);
    this.seen.push(`${method} ${request.url ?? ""}`);
    const ruled = this.rule?.(method, url);
    if (ruled !== undefined) return refuse(answer, ruled.status, ruled.code, ruled.more);
    const headers = request.headers as Record<string, string>;
    const given = url.searchParams.get("X-Amz-Signature") ?? /Signature=([0-9a-f]+)/.exec(headers["authorization"] ?? "")?.[1];
    const expected = await expectedSignature(method, url, headers, `127.0.0.1:${this.port}`).catch((error: unknown) => String(error));
    if (given !== expected) return refuse(answer, 403, "SignatureDoesNotMatch", `<Expected>${expected}</Expected>`);
    const hash = headers["x-amz-content-sha256"];
    if (hash !== undefined && /^[0-9a-f]{64}$/.test(hash)) {
      const digest = new Hash("sha256");
      digest.update(body);
      if (Buffer.from(await digest.digest()).toString("hex") !== hash) return refuse(answer, 400, "XAmzContentSHA256Mismatch");
    }
    const onward = http.request({ host: "127.0.0.1", port: this.store(), method, path: request.url, headers, agent: false }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    onward.end(body);
  }
}

/** s3rver in a process, with its files in a directory that outlives it. */
export class Store {
  readonly directory = mkdtempSync(path.join(tmpdir(), "s3rver-"));
  port = 0;
  private child: ChildProcess | undefined;

  async start(): Promise<void> {
    const child = spawn(process.execPath, [path.join(here, "s3rver_process.mjs"), String(this.port), this.directory, kBucket], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.child = child;
    const [line] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
    this.port = (JSON.parse(line) as { port: number }).port;
  }
  async kill(): Promise<void> {
    const child = this.child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function client(endpoint: string): S3Client {
  return new S3Client({ region: kRegion, endpoint, credentials: kCredentials, forcePathStyle: true, maxAttempts: 1 });
}

export type Answer = Record<string, unknown> & { error?: string; code?: string };

export interface Running {
  lines: Answer[];
  done: Promise<Answer>;
  until: (fits: (line: Answer) => boolean) => Promise<Answer>;
}

/** parley-blob-worker with the settings of the environment that it is given. */
export function start(endpoint: string, words: string[], environment: Record<string, string> = {}): Running {
  const child = spawn(worker, words, {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      AWS_S3_BUCKET: kBucket,
      AWS_ACCESS_KEY_ID: kCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: kCredentials.secretAccessKey,
      S3_ENDPOINT: endpoint,
      ...environment,
    },
  });
  const lines: Answer[] = [];
  const waiting: (() => void)[] = [];
  let over = false;
  const wake = () => {
    for (const one of waiting.splice(0)) one();
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(JSON.parse(line) as Answer);
    wake();
  });
  const done = once(child, "close").then(() => {
    over = true;
    wake();
    return lines.at(-1) ?? { error: "it said nothing" };
  });
  const until = async (fits: (line: Answer) => boolean): Promise<Answer> => {
    for (;;) {
      const found = lines.find(fits);
      if (found !== undefined) return found;
      if (over) throw new Error(`it ended with ${JSON.stringify(lines.at(-1))}`);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  return { lines, done, until };
}

export async function run(endpoint: string, words: string[], environment: Record<string, string> = {}): Promise<Answer> {
  return start(endpoint, words, environment).done;
}

// The server's own TLS: the API and calls over 1.2 and 1.3, nothing older, and a new certificate without a restart.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect as connectPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SecureVersion, type TLSSocket, connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ExotelCaller } from "../e2e/support/exotel.js";
import type { Json } from "./support/api.js";
import { Server, eventually } from "./support/server.js";

class Certificate {
  constructor(readonly certificate: string, readonly key: string) {}
  get pem(): string {
    return readFileSync(this.certificate, "utf8");
  }
  static make(directory: string, name: string): Certificate {
    const [certificate, key] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out", certificate],
      { stdio: "pipe" },
    );
    return new Certificate(certificate, key);
  }
}

let directory: string;
let server: Server;
let first: Certificate;
let second: Certificate;
let used: Certificate;
let trusted: string[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "parley-tls-"));
  first = Certificate.make(directory, "first.test");
  second = Certificate.make(directory, "second.test");
  used = new Certificate(join(directory, "used.crt"), join(directory, "used.key"));
  install(first);
  trusted = [first.pem, second.pem];
  server = await Server.start({ settings: { tls: { certificate: used.certificate, key: used.key } } });
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

function install(which: Certificate): void {
  copyFileSync(which.certificate, used.certificate);
  copyFileSync(which.key, used.key);
}

interface Handshake {
  protocol: string | null;
  name: string;
}

const shake = (minVersion: SecureVersion, maxVersion: SecureVersion) =>
  new Promise<Handshake>((resolve, reject) => {
    // The oldest versions need a client that would agree to anything.
    const socket: TLSSocket = connect({
      host: "127.0.0.1",
      port: server.port,
      ca: trusted,
      minVersion,
      maxVersion,
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      resolve({ protocol: socket.getProtocol(), name: String(socket.getPeerCertificate().subject.CN) });
      socket.destroy();
    });
  });

const getJson = (path: string, version: SecureVersion) =>
  new Promise<{ status: number; headers: Record<string, unknown>; json: Json }>((resolve, reject) => {
    request(
      { host: "127.0.0.1", port: server.port, path, ca: trusted, minVersion: version, maxVersion: version, agent: false },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, json: JSON.parse(text) }));
      },
    )
      .once("error", reject)
      .end();
  });

const dial = (version: SecureVersion = "TLSv1.3") =>
  ExotelCaller.dial(`wss://127.0.0.1:${server.port}/media`, {
    tls: { ca: trusted, minVersion: version, maxVersion: version },
  });

describe("versions", () => {
  test.each(["TLSv1.2", "TLSv1.3"] as const)("the API and a call over %s", async (version) => {
    expect(await shake(version, version)).toEqual({ protocol: version, name: "first.test" });
    const system = await getJson("/api/v1/system", version);
    expect(system.status).toBe(200);
    // Whoever has come over TLS once comes that way again.
    expect(system.headers["strict-transport-security"]).toMatch(/max-age=\d+/);

    const caller = await dial(version);
    await caller.agentSpeaks();
    await caller.agentFinished();
    await caller.hangUp();
    expect(caller.protocolErrors).toEqual([]);
    const call = await eventually("the call in the log", async () =>
      (await getJson("/api/v1/calls", version)).json.items.find(
        (one: Json) => one.streamId === caller.streamId && one.status === "completed",
      ),
    );
    expect(call.endReason).toBe("caller hung up");
  });

  test.each(["TLSv1", "TLSv1.1"] as const)("%s is refused by the server", async (version) => {
    const refusal = await shake("TLSv1", version).then(
      () => "accepted",
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect(refusal).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
  });

  test("plain HTTP at this port gets no answer from the API", async () => {
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connectPlain(server.port, "127.0.0.1", () =>
        socket.write("GET /api/v1/system HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"),
      );
      socket.on("data", (piece) => (text += piece.toString("latin1")));
      socket.once("error", () => resolve(text));
      socket.once("close", () => resolve(text));
    });
    expect(answer).not.toContain("callsActive");
  });
});

describe("a new certificate", () => {
  const reload = () => server.signal("SIGHUP");
  const servedName = async () => (await shake("TLSv1.2", "TLSv1.3")).name;

  test("is served after SIGHUP, while a call goes on", async () => {
    const caller = await dial();
    await caller.agentFinished();
    install(second);
    expect(await servedName()).toBe("first.test");
    reload();
    await eventually("the new certificate", async () => (await servedName()) === "second.test");

    // The call of before the reload still talks.
    const before = caller.received.length;
    caller.dtmf("5");
    await caller.agentSpeaks(before);
    const another = await dial();
    await another.agentSpeaks();
    await another.hangUp();
    expect(caller.isClosed).toBe(false);
    await caller.hangUp();
    expect(caller.protocolErrors).toEqual([]);
  });

  test("that is none is not taken: the old one stays", async () => {
    const logged = server.stderr.length;
    writeFileSync(used.certificate, "-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n");
    reload();
    await eventually("the complaint", async () => server.stderr.slice(logged).includes(used.certificate));
    expect(await servedName()).toBe("second.test");
    // Neither one whose key is another's.
    copyFileSync(first.certificate, used.certificate);
    const again = server.stderr.length;
    reload();
    await eventually("the complaint", async () => server.stderr.length > again);
    expect(await servedName()).toBe("second.test");
    install(first);
    reload();
    await eventually("the first one again", async () => (await servedName()) === "first.test");
  });

  test("a server whose certificate is none does not start, and says why", async () => {
    const start = Server.start({ settings: { tls: { certificate: join(directory, "missing.crt"), key: used.key } } });
    await expect(start).rejects.toThrow("missing.crt");
  });
});

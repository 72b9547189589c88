// The server's S3 against a store of another hand, looked at through the official SDK; every signature is checked by the
// official signer.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { Gate, Store, client, expectedSignature, kBucket, run, start } from "./store.js";

const kPart = 5 * 1024 * 1024;

const store = new Store();
const gate = new Gate(() => store.port);
const files = mkdtempSync(path.join(tmpdir(), "blobs-"));
let sdk: ReturnType<typeof client>;

beforeAll(async () => {
  await store.start();
  await gate.start();
  sdk = client(gate.endpoint);
});
afterEach(() => {
  gate.rule = undefined;
});
afterAll(async () => {
  sdk.destroy();
  gate.stop();
  await store.remove();
  rmSync(files, { recursive: true, force: true });
});

function file(name: string, bytes: Buffer): string {
  const at = path.join(files, name);
  mkdirSync(path.dirname(at), { recursive: true });
  writeFileSync(at, bytes);
  return at;
}

async function stored(key: string): Promise<Buffer> {
  const object = await sdk.send(new GetObjectCommand({ Bucket: kBucket, Key: key }));
  return Buffer.from(await object.Body!.transformToByteArray());
}

function ours(words: string[], environment: Record<string, string> = {}) {
  return run(gate.endpoint, words, environment);
}

async function fetched(url: string): Promise<{ status: number; body: Buffer; disposition: string | null }> {
  const answer = await fetch(url);
  return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()), disposition: answer.headers.get("content-disposition") };
}

describe("one blob", () => {
  it("is read by the SDK as it was put", async () => {
    const bytes = randomBytes(100_000);
    expect(await ours(["put", "2026/11/one.wav", file("one", bytes)])).toEqual({});
    expect((await stored("2026/11/one.wav")).equals(bytes)).toBe(true);
    const head = await sdk.send(new HeadObjectCommand({ Bucket: kBucket, Key: "2026/11/one.wav" }));
    expect(head.ContentType).toBe("audio/wav");
    expect(await ours(["head", "2026/11/one.wav"])).toMatchObject({ size: 100_000, etag: head.ETag });
  });

  it("of the SDK's is read by ranges", async () => {
    const bytes = randomBytes(1000);
    await sdk.send(new PutObjectCommand({ Bucket: kBucket, Key: "theirs", Body: bytes }));
    expect(await ours(["get", "theirs", "10", "20"])).toEqual({ hex: bytes.subarray(10, 20).toString("hex") });
    expect(await ours(["get", "theirs", "990", "5000"])).toEqual({ hex: bytes.subarray(990).toString("hex") });
    expect(await ours(["get", "theirs", "1000", "2000"])).toEqual({ hex: "" });
  });

  it("may be empty", async () => {
    expect(await ours(["put", "empty", file("empty", Buffer.alloc(0))])).toEqual({});
    expect(await ours(["head", "empty"])).toMatchObject({ size: 0 });
  });

  it("is gone when it is removed, and may be removed again", async () => {
    await sdk.send(new PutObjectCommand({ Bucket: kBucket, Key: "gone", Body: "x" }));
    expect(await ours(["remove", "gone"])).toEqual({});
    expect(await ours(["remove", "gone"])).toEqual({});
    expect(await ours(["head", "gone"])).toMatchObject({ code: "not found" });
    expect(await ours(["get", "gone", "0", "1"])).toMatchObject({ code: "not found" });
    const list = await sdk.send(new ListObjectsV2Command({ Bucket: kBucket, Prefix: "gone" }));
    expect(list.KeyCount ?? 0).toBe(0);
  });
});

describe("an upload in parts", () => {
  it("is the whole, whatever the order of its parts, taken up by its token between them", async () => {
    const bytes = randomBytes(3 * kPart + 12_345);
    expect(await ours(["upload", "parts.wav", file("parts", bytes)])).toEqual({ parts: 4 });
    expect((await stored("parts.wav")).equals(bytes)).toBe(true);
    expect((await sdk.send(new HeadObjectCommand({ Bucket: kBucket, Key: "parts.wav" }))).ContentType).toBe("audio/wav");
  });

  it("that fails behind a 200 has failed", async () => {
    gate.rule = (method, url) => (method === "POST" && url.searchParams.has("uploadId") ? { status: 200, code: "InternalError" } : undefined);
    expect(await ours(["upload", "failed.wav", file("failed", randomBytes(100))])).toMatchObject({ code: "unavailable" });
  });

  it("that the store has forgotten is said to be so", async () => {
    gate.rule = (_, url) => (url.searchParams.has("max-parts") ? { status: 404, code: "NoSuchUpload" } : undefined);
    expect(await ours(["upload", "lost.wav", file("lost", randomBytes(100))])).toMatchObject({ code: "not found" });
  });
});

describe("a presigned address", () => {
  const presigned = async (words: string[], environment: Record<string, string> = {}) =>
    String((await ours(["presign", ...words], environment))["url"]);

  it("is what the official presigner makes", async () => {
    const url = new URL(await presigned(["a/b_c.wav", "600", 'call "1".wav']));
    const given = Object.fromEntries(url.searchParams);
    expect(given["X-Amz-Signature"]).toBe(await expectedSignature("GET", url, {}, url.host));
    expect(given["response-content-disposition"]).toBe('attachment; filename="call _1_.wav"');
  });

  it("gives the blob like the SDK's, under the name it was given", async () => {
    const bytes = randomBytes(5000);
    await sdk.send(new PutObjectCommand({ Bucket: kBucket, Key: "a/signed.wav", Body: bytes }));
    const theirs = await fetched(
      await getSignedUrl(sdk, new GetObjectCommand({ Bucket: kBucket, Key: "a/signed.wav", ResponseContentDisposition: 'attachment; filename="call.wav"' }), { expiresIn: 600 }),
    );
    const own = await fetched(await presigned(["a/signed.wav", "600", "call.wav"]));
    expect(theirs.status).toBe(200);
    expect(own).toEqual(theirs);
    expect(own.body).toEqual(bytes);
    expect(own.disposition).toBe('attachment; filename="call.wav"');
  });

  it("is worth nothing once a letter of it is changed", async () => {
    const url = await presigned(["a/signed.wav", "600"]);
    expect((await fetched(url)).status).toBe(200);
    expect((await fetched(url.replace("Expires=600", "Expires=6000"))).status).toBe(403);
    expect((await fetched(url.replace("signed.wav", "signee.wav"))).status).toBe(403);
  });

  it("is of the public endpoint", async () => {
    const url = new URL(await presigned(["k", "60"], { S3_PUBLIC_ENDPOINT: "https://files.example.com" }));
    expect(url.origin + url.pathname).toBe(`https://files.example.com/${kBucket}/k`);
  });
});

describe("a refusal", () => {
  it("names the setting to mend", async () => {
    const put = ["put", "k", file("k", Buffer.from("x"))];
    expect((await ours(put, { AWS_SECRET_ACCESS_KEY: "wrong" })).error).toContain("s3.secret_access_key (AWS_SECRET_ACCESS_KEY)");
    expect((await run(`http://127.0.0.1:${store.port}`, put, { AWS_ACCESS_KEY_ID: "NOBODY" })).error).toContain("s3.access_key_id (AWS_ACCESS_KEY_ID)");
    expect((await ours(put, { AWS_S3_BUCKET: "nowhere" })).error).toContain("there is no bucket 'nowhere': check s3.bucket (AWS_S3_BUCKET)");
    expect((await ours(put, { AWS_ACCESS_KEY_ID: "" })).error).toContain("set both or neither");
    gate.rule = () => ({ status: 400, code: "AuthorizationHeaderMalformed", more: "<Region>ap-south-1</Region>" });
    expect((await ours(put)).error).toContain("is in the region ap-south-1, not us-east-1: set s3.region (AWS_REGION)");
    gate.rule = () => ({ status: 403, code: "RequestTimeTooSkewed" });
    expect((await ours(put)).error).toContain("clock");
    gate.rule = () => ({ status: 503, code: "SlowDown" });
    expect(await ours(put)).toMatchObject({ code: "unavailable" });
  });

  it("never repeats a secret", async () => {
    const answer = await ours(["head", "k"], { AWS_SECRET_ACCESS_KEY: "ThisIsTheSecretOne" });
    expect(answer.error).toBeDefined();
    expect(JSON.stringify(answer)).not.toContain("ThisIsTheSecretOne");
  });

  it("of a store that is not there comes soon", async () => {
    const before = Date.now();
    expect(await run("http://127.0.0.1:1", ["head", "k"])).toMatchObject({ code: "unavailable" });
    expect(Date.now() - before).toBeLessThan(10_000);
  });
});

describe("the uploader of recordings", () => {
  const key = (id: string) => `calls/w1/recordings/${id}.wav`;
  const recording = (id: string, bytes: Buffer) => file(`home/recordings/${id}.wav`, bytes);
  const record = (id: string) => start(gate.endpoint, ["record", path.join(files, "home"), `recordings/${id}.wav`], { S3_PREFIX: "calls/" });

  it("stores a long recording and removes its file", async () => {
    const bytes = randomBytes(4 * kPart + 99);
    const at = recording("long", bytes);
    expect(await record("long").done).toEqual({ key: key("long"), failed: 0 });
    expect((await stored(key("long"))).equals(bytes)).toBe(true);
    expect(existsSync(at)).toBe(false);
  });

  it("waits for a store that is away", async () => {
    const bytes = randomBytes(1000);
    recording("away", bytes);
    await store.kill();
    const seen = gate.seen.length;
    const running = record("away");
    while (gate.seen.length < seen + 3) await new Promise((resolve) => setTimeout(resolve, 10));
    await store.start();
    expect((await running.done)["failed"]).toBeGreaterThanOrEqual(3);
    expect(await stored(key("away"))).toEqual(bytes);
  });

  it("goes on where it was when the store is killed between parts and comes back", async () => {
    const bytes = randomBytes(8 * kPart + 1);
    const at = recording("killed", bytes);
    // Held at its fourth part until the store is dead.
    let dead: (() => void) | undefined;
    const held = new Promise<void>((resolve) => (dead = resolve));
    gate.rule = (_, url) => {
      if (url.searchParams.get("partNumber") !== "4" || dead === undefined) return undefined;
      dead();
      return { status: 503, code: "SlowDown" };
    };
    const running = record("killed");
    await held;
    await store.kill();
    gate.rule = undefined;
    expect(existsSync(at)).toBe(true);
    expect(readFileSync(at).equals(bytes)).toBe(true);
    await store.start();
    expect((await running.done)["failed"]).toBeGreaterThanOrEqual(1);
    expect((await stored(key("killed"))).equals(bytes)).toBe(true);
    expect(existsSync(at)).toBe(false);
    const seconds = gate.seen.filter((line) => line.includes(key("killed")) && line.includes("partNumber=2&"));
    expect(seconds).toHaveLength(1);
  });

  it("stores all of twenty recordings while the store is killed again and again", async () => {
    const bytes = new Map<string, Buffer>();
    for (let i = 0; i < 20; ++i) bytes.set(`storm${i}`, randomBytes(i % 5 === 0 ? 2 * kPart + i : 50_000 + i));
    for (const [id, one] of bytes) recording(id, one);
    let over = false;
    const storm = (async () => {
      for (let round = 0; round < 6 && !over; ++round) {
        await new Promise((resolve) => setTimeout(resolve, 150));
        await store.kill();
        await store.start();
      }
    })();
    const ids = [...bytes.keys()];
    // A few at a time: each is a process.
    for (let at = 0; at < ids.length; at += 5) {
      const answers = await Promise.all(ids.slice(at, at + 5).map((id) => record(id).done));
      for (const answer of answers) expect(answer.error).toBeUndefined();
    }
    over = true;
    await storm;
    for (const [id, one] of bytes) expect((await stored(key(id))).equals(one), id).toBe(true);
  });
});

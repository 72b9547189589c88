// Compares what the callers and the API's clients know with what the server has kept. Each function gives sentences on
// what is wrong; none is what is wanted.
import { ListObjectsV2Command } from "@aws-sdk/client-s3";

import { client, kBucket } from "../s3/store.js";
import { type Json, api } from "../support/api.js";
import type { HeardCall } from "./callers.js";
import { soundOf } from "./sound.js";
import type { World } from "./world.js";
import type { Writers } from "./writers.js";

// What was whole so long before the server was killed must be there.
const kAcknowledgedAfterMs = 1000;

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const one = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, one));
}

async function everyCall(world: World): Promise<Json[]> {
  const items: Json[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 100, ...(cursor === undefined ? {} : { cursor }) };
    const page: Json = await api(world.url).must("GET", "/api/v1/calls", undefined, { query });
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}

export interface CallsSeen {
  logged: number;
  interrupted: number;
  turns: number;
  recordings: number;
  bytes: number;
  inParts: number; // recordings of more than one part of an upload
}

export async function checkCalls(world: World, heard: readonly HeardCall[], problems: string[]): Promise<CallsSeen> {
  const seen: CallsSeen = { logged: 0, interrupted: 0, turns: 0, recordings: 0, bytes: 0, inParts: 0 };
  const logged = new Map<string, Json>();
  for (const call of await everyCall(world)) {
    if (logged.has(call.carrierCallId)) problems.push(`call ${call.carrierCallId} is twice in the log`);
    logged.set(call.carrierCallId, call);
  }
  seen.logged = logged.size;
  const known = new Set(heard.map((call) => call.id));
  for (const id of logged.keys()) if (!known.has(id)) problems.push(`call ${id} of the log was made by nobody`);

  await inParallel(heard, async (call) => {
    const wrong = (what: string) => problems.push(`call ${call.id}: ${what}`);
    if (call.trouble !== "") wrong(`the caller saw ${call.trouble}`);
    // The line goes dead when the server is killed: that is the time to measure from.
    const until = call.deadAt === 0 ? Infinity : call.deadAt - kAcknowledgedAfterMs;
    const summary = logged.get(call.id);
    if (summary === undefined) {
      if (call.startSentAt < until) wrong(`not in the log, but begun ${Math.round((call.deadAt || call.hungUpAt) - call.startSentAt)} ms before its end`);
      return;
    }
    const detail = await api(world.url).must("GET", `/api/v1/calls/${summary.id}`);
    checkTurns(call, detail, until, wrong);
    seen.turns += detail.turns.length;
    if (detail.status === "interrupted") ++seen.interrupted;
    const hungUpBefore = call.hungUpAt !== 0;
    const allowed = hungUpBefore ? ["completed"] : ["completed", "interrupted"];
    // Hung up a moment before the server died: the end may not have been written yet.
    if (hungUpBefore && world.wasAway("server", call.hungUpAt, call.hungUpAt + kAcknowledgedAfterMs)) allowed.push("interrupted");
    if (!allowed.includes(detail.status)) wrong(`is ${detail.status} (${detail.endReason}), not ${allowed.join(" or ")}`);
    const size = await checkRecording(world, call, detail, wrong);
    if (size > 0) ++seen.recordings;
    if (size > 5 * 1024 * 1024) ++seen.inParts;
    seen.bytes += size;
  });
  return seen;
}

function checkTurns(call: HeardCall, detail: Json, until: number, wrong: (what: string) => void): void {
  const numbers = detail.turns.map((turn: Json) => turn.number) as number[];
  if (new Set(numbers).size !== numbers.length) wrong(`turns ${numbers.join(" ")}`);
  numbers.forEach((number, i) => {
    if (number !== i + numbers[0]!) wrong(`turns with a gap: ${numbers.join(" ")}`);
  });
  const spoken = detail.turns.filter((turn: Json) => turn.callerText !== "");
  const answered = spoken.filter((turn: Json) => turn.agentHeard !== "" && turn.agentHeard === turn.agentText);
  const mustBe = call.turnsDone.filter((time) => time < until).length;
  if (answered.length < mustBe) wrong(`${answered.length} whole turns in the log, the caller had ${mustBe}: ${JSON.stringify(detail.turns)}`);
  if (spoken.length > call.turnsBegun) wrong(`${spoken.length} turns in the log, the caller spoke ${call.turnsBegun} times`);
  const events = detail.events.map((event: Json) => JSON.stringify([event.at, event.offsetMs, event.kind, event.detail])) as string[];
  if (new Set(events).size !== events.length) wrong(`an event is there twice: ${events.join(" ")}`);
}

// The bytes of the recording; 0: there is none.
async function checkRecording(world: World, call: HeardCall, detail: Json, wrong: (what: string) => void): Promise<number> {
  const recording = detail.recording;
  // Too short a call for the row of the recording to have been written.
  if (recording === null) {
    if (call.sentMs > 2 * kAcknowledgedAfterMs) wrong("has no recording");
    return 0;
  }
  if (!recording.complete || recording.storedIn !== "s3") return wrong(`its recording is ${JSON.stringify(recording)}`), 0;
  const address = await api(world.url).get(`/api/v1/calls/${detail.id}/recording`);
  const location = address.headers.get("location") ?? "";
  if (address.status !== 302 || !/X-Amz-Signature=/.test(location)) return wrong(`the recording answers ${address.status} ${location}`), 0;
  const response = await fetch(location);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) return wrong(`the store answers ${response.status}: ${bytes.toString("utf8", 0, 300)}`), 0;
  const sound = soundOf(bytes);
  if (typeof sound === "string") return wrong(`the recording is not playable: ${sound}`), 0;
  if (sound.channels !== 2 || sound.sampleRate !== call.sampleRate) wrong(`the recording has ${sound.channels} channels at ${sound.sampleRate} Hz`);
  if (Math.abs(sound.durationMs - recording.durationMs) > 100) wrong(`the recording plays ${sound.durationMs} ms, the log says ${recording.durationMs}`);
  if (Math.abs(sound.durationMs - detail.durationMs) > 1000) wrong(`the recording plays ${sound.durationMs} ms of a call of ${detail.durationMs}`);
  const missing = call.sentMs - sound.durationMs;
  if (missing > kAcknowledgedAfterMs + 500) wrong(`the recording misses ${Math.round(missing)} ms of what the caller sent`);
  if (call.turnsDone.length > 0 && !sound.isHeard.every(Boolean)) wrong("a side of the recording is silent");
  return bytes.length;
}

export async function checkWritten(world: World, writers: Writers, problems: string[]): Promise<Record<string, number>> {
  const timesOf = async (path: string, name: (item: Json) => string) => {
    const times = new Map<string, number>();
    for (const item of (await api(world.url).must("GET", path)).items) times.set(name(item), (times.get(name(item)) ?? 0) + 1);
    return times;
  };
  const counts: Record<string, Map<string, number>> = {
    agent: await timesOf("/api/v1/agents", (item) => item.name),
    number: await timesOf("/api/v1/phone-numbers", (item) => item.displayName),
    webhook: await timesOf("/api/v1/webhooks", (item) => item.description),
    chat: new Map(),
  };
  const chats = writers.written.filter((one) => one.kind === "chat");
  for (const session of new Set(chats.map((one) => one.session!))) {
    const answer = await api(world.url).get(`/api/v1/sessions/${session}`);
    if (answer.status === 404) continue;
    const messages = answer.json.messages as Json[];
    for (const message of messages.filter((one) => one.role === "user"))
      counts["chat"]!.set(message.text, (counts["chat"]!.get(message.text) ?? 0) + 1);
    const numbers = messages.map((one) => one.number as number);
    if (new Set(numbers).size !== numbers.length) problems.push(`session ${session} has messages ${numbers.join(" ")}`);
    const said = messages.filter((one) => one.role === "user").length;
    const replied = messages.filter((one, i) => one.role === "agent" && messages[i - 1]?.role === "user").length;
    if (said !== replied) problems.push(`session ${session}: ${said} messages and ${replied} replies`);
  }
  const done: Record<string, number> = {};
  for (const one of writers.written) {
    const there = counts[one.kind]!.get(one.name) ?? 0;
    if (one.fate === "done" && there !== 1) problems.push(`${one.kind} ${one.name} was acknowledged and is there ${there} times`);
    if (there > 1) problems.push(`${one.kind} ${one.name} is there ${there} times`);
    if (one.fate === "done") done[one.kind] = (done[one.kind] ?? 0) + 1;
  }
  await inParallel(writers.drafts, async (draft) => {
    const agent = await api(world.url).must("GET", `/api/v1/agents/${draft.agent}`);
    const revision = Number(/revision (\d)/.exec(JSON.stringify(agent))?.[1]);
    if (!(revision >= draft.saved && revision <= draft.tried))
      problems.push(`agent ${draft.agent} has revision ${revision}; saved ${draft.saved}, tried ${draft.tried}`);
  });
  return done;
}

// Nothing is left lying about: no rows on disk, no files of stored recordings, no parts of uploads, no object that no row
// knows.
export async function checkLeftovers(world: World, problems: string[]): Promise<void> {
  for (const file of world.spoolFiles()) problems.push(`left in the spool: ${file}`);
  for (const file of world.recordingFiles()) problems.push(`left on disk: ${file}`);
  for (const file of world.unfinishedUploads()) problems.push(`left of an upload: ${file}`);
  const known = new Set(world.cluster.sql("SELECT blob_key FROM recordings"));
  const sdk = client(`http://127.0.0.1:${world.store.port}`);
  let token: string | undefined;
  do {
    const page = await sdk.send(new ListObjectsV2Command({ Bucket: kBucket, ContinuationToken: token }));
    for (const object of page.Contents ?? [])
      if (!known.has(object.Key!)) problems.push(`an object that no row knows: ${object.Key}`);
    token = page.NextContinuationToken;
  } while (token !== undefined);
  sdk.destroy();
}

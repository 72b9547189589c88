// What a broken or hostile peer sends. Nothing of it ends the process or touches another call; everything is counted.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ExotelCaller, base64 } from "./support/exotel.js";
import { Server } from "./support/server.js";
import { tone } from "./support/wav.js";

interface Case {
  name: string;
  // Before start or during the call.
  when: "before start" | "during the call";
  send: (caller: ExotelCaller) => void;
  // What becomes of the stream. A close says why.
  outcome: "closed" | "goes on";
  code?: number;
  // Whether parley_protocol_errors_total rises.
  counted: boolean;
}

const media = (payload: unknown, extra: Record<string, unknown> = {}) => (caller: ExotelCaller) =>
  caller.sendJson({ event: "media", stream_sid: caller.streamId, media: { chunk: "1", timestamp: "20", payload, ...extra } });

const cases: Case[] = [
  {
    name: "malformed JSON, three times",
    when: "before start",
    send: (caller) => {
      for (let i = 0; i < 3; ++i) caller.sendRaw('{"event":"start",');
    },
    outcome: "closed",
    counted: true,
  },
  {
    name: "malformed JSON",
    when: "during the call",
    send: (caller) => caller.sendRaw("{]"),
    outcome: "goes on",
    counted: true,
  },
  {
    name: "an empty frame",
    when: "during the call",
    send: (caller) => caller.sendRaw(""),
    outcome: "goes on",
    counted: true,
  },
  {
    name: "JSON that is not an object",
    when: "during the call",
    send: (caller) => caller.sendRaw('["media"]'),
    outcome: "goes on",
    counted: true,
  },
  {
    name: "an event of the wrong type",
    when: "during the call",
    send: (caller) => caller.sendRaw('{"event":7}'),
    outcome: "goes on",
    counted: true,
  },
  {
    name: "a payload of the wrong type",
    when: "during the call",
    send: media(12),
    outcome: "goes on",
    counted: true,
  },
  {
    name: "a payload that is not base64",
    when: "during the call",
    send: media("!!not base64!!"),
    outcome: "goes on",
    counted: true,
  },
  {
    name: "an odd number of bytes",
    when: "during the call",
    send: media(Buffer.from("test_audio_data_chunk_1").toString("base64")),
    outcome: "goes on",
    counted: false,
  },
  {
    name: "an empty payload",
    when: "during the call",
    send: media(""),
    outcome: "goes on",
    counted: false,
  },
  {
    name: "an unknown event",
    when: "during the call",
    send: (caller) => caller.sendJson({ event: "weather", weather: { rain: true } }),
    outcome: "goes on",
    counted: true,
  },
  {
    name: "a clear from the carrier",
    when: "during the call",
    send: (caller) => caller.sendJson({ event: "clear", stream_sid: caller.streamId }),
    outcome: "goes on",
    counted: false,
  },
  {
    name: "a mark nobody sent",
    when: "during the call",
    send: (caller) => caller.sendJson({ event: "mark", stream_sid: caller.streamId, mark: { name: "m-99" } }),
    outcome: "goes on",
    counted: false,
  },
  {
    name: "a key that is none",
    when: "during the call",
    send: (caller) => caller.dtmf("seven"),
    outcome: "goes on",
    counted: true,
  },
  {
    name: "binary",
    when: "before start",
    send: (caller) => caller.sendRaw(Buffer.from([1, 2, 3, 4])),
    outcome: "closed",
    code: 1003,
    counted: true,
  },
  {
    name: "binary",
    when: "during the call",
    send: (caller) => caller.sendRaw(Buffer.from([1, 2, 3, 4])),
    outcome: "goes on",
    counted: true,
  },
  {
    name: "a frame over 256 KiB",
    when: "during the call",
    send: (caller) => caller.sendMedia("A".repeat(300 * 1024)),
    outcome: "closed",
    code: 1009,
    counted: true,
  },
  {
    name: "media before start, without end",
    when: "before start",
    send: (caller) => {
      for (let i = 0; i < 200; ++i) caller.sendMedia(base64(tone(440, 20)));
    },
    outcome: "closed",
    code: 1002,
    counted: true,
  },
  {
    name: "media before start",
    when: "before start",
    send: (caller) => {
      caller.sendMedia(base64(tone(440, 20)));
      caller.sendStart();
      caller.startMedia();
    },
    outcome: "goes on",
    counted: true,
  },
  {
    name: "a second start",
    when: "during the call",
    send: (caller) => caller.sendStart(),
    outcome: "goes on",
    counted: true,
  },
  {
    name: "a start that is no object, three times",
    when: "before start",
    send: (caller) => {
      for (let i = 0; i < 3; ++i) caller.sendJson({ event: "start", start: "now" });
    },
    outcome: "closed",
    counted: true,
  },
  {
    name: "a sample rate that does not exist",
    when: "before start",
    send: (caller) => caller.sendStart({ media_format: { encoding: "base64", sample_rate: "44100" } }),
    outcome: "closed",
    counted: true,
  },
];

describe("bad input", () => {
  let server: Server;
  let witness: ExotelCaller;
  beforeAll(async () => {
    server = await Server.start({ agent: "bench" });
    // A call that goes on through all of it.
    witness = await ExotelCaller.dial(`${server.ws}/media`);
    await witness.agentFinished();
  });
  afterAll(() => server.stop());

  test.each(cases)("$name, $when: the stream $outcome", async ({ when, send, outcome, code, counted }) => {
    const errorsBefore = (await server.metrics()).value("parley_protocol_errors_total");
    const caller = new ExotelCaller(`${server.ws}/media`);
    await caller.open();
    caller.sendConnected();
    if (when === "during the call") {
      caller.sendStart();
      caller.startMedia();
      await caller.agentSpeaks();
    }
    send(caller);
    if (outcome === "closed") {
      const closed = await caller.closed();
      if (code !== undefined) expect(closed.code).toBe(code);
      expect(closed.code).not.toBe(1006);
      // "Message too big" is a reason of its own: the frame is refused before anybody has read it.
      if (closed.code !== 1009) expect(closed.reason).not.toBe("");
    } else {
      // It still answers keys and audio: the greeting plays to its end and a hang-up is understood.
      await caller.agentFinished();
      await caller.hangUp();
      const call = await server.callOfStream(caller.streamId);
      expect(call).toMatchObject({ status: "completed", endReason: "caller hung up" });
    }
    const errors = (await server.metrics()).value("parley_protocol_errors_total") - errorsBefore;
    if (counted) expect(errors).toBeGreaterThan(0);
    else expect(errors).toBe(0);
    expect(witness.isClosed).toBe(false);
  });

  test("the same stream twice: the carrier repeats a handshake it thinks has failed", async () => {
    const first = new ExotelCaller(`${server.ws}/media`);
    await first.open();
    first.sendConnected();
    const second = await ExotelCaller.dial(`${server.ws}/media`, { streamId: first.streamId, callId: first.callId });
    await second.agentSpeaks();
    first.drop();
    await second.agentFinished();
    await second.hangUp();
    expect((await server.callOfStream(second.streamId)).status).toBe("completed");
  });

  test("a stream that never says anything is closed in the end", async () => {
    const caller = new ExotelCaller(`${server.ws}/media`);
    await caller.open();
    const closed = await caller.closed(30_000);
    expect(closed.reason).not.toBe("");
  });

  test("the call beside all this was not touched", async () => {
    expect(witness.isClosed).toBe(false);
    expect(witness.protocolErrors).toEqual([]);
    await witness.hangUp();
    const call = await server.callOfStream(witness.streamId);
    expect(call).toMatchObject({ status: "completed", endReason: "caller hung up" });
    expect((await server.get("/healthz")).status).toBe(200);
  });
});

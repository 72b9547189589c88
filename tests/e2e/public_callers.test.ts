// The message sequences of public Exotel caller scripts, against the agent `echo`:
// Agent-Stream-echobot (test_connection.py, test_enhanced_features.py), VoicebotExperience-Replica (src/ws-client.js)
// and Agent-Stream's bridge check (test_ws_connection.py). They type numbers as integers, invent fields, leave others
// out and send payloads that are no audio; a server that Exotel's own samples accept has to bear all of it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ExotelCaller, base64 } from "./support/exotel.js";
import { Server } from "./support/server.js";
import { rms, tone } from "./support/wav.js";

describe.concurrent("public caller scripts against the echo agent", () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start({ agent: "echo" });
  });
  afterAll(() => server.stop());

  const open = async (streamId: string, path = "/media") => {
    const caller = new ExotelCaller(server.ws + path, { streamId });
    await caller.open();
    return caller;
  };

  test("echo bot, connection check: two payloads of 23 bytes are each echoed within 2 s", async () => {
    const stream = "test_stream_12345";
    const caller = await open(stream);
    caller.sendJson({ event: "connected", timestamp: "2025-07-31T16:05:00.123456" });
    caller.sendJson({
      event: "start",
      sequence_number: 1,
      stream_sid: stream,
      start: {
        stream_sid: stream,
        call_sid: "test_call_67890",
        account_sid: "test_account_11111",
        from: "+1234567890",
        to: "+0987654321",
        custom_parameters: { test_mode: "true", echo_test: "active" },
        media_format: { encoding: "raw/slin", sample_rate: "8000", bit_rate: "16" },
      },
    });
    for (const chunk of [1, 2]) {
      const before = caller.received.length;
      caller.sendJson({
        event: "media",
        sequence_number: chunk + 1,
        stream_sid: stream,
        media: {
          chunk,
          timestamp: String(100 * chunk),
          payload: Buffer.from(`test_audio_data_chunk_${chunk}`).toString("base64"),
        },
      });
      const echo = await caller.agentSpeaks(before, 2_000);
      // 11 whole samples came; the rest of the piece is silence.
      expect(Buffer.from(echo.samples.buffer).toString("latin1")).toContain("test_audio_data_chunk_");
    }
    caller.sendJson({ event: "dtmf", sequence_number: 4, stream_sid: stream, dtmf: { duration: "100", digit: "1" } });
    caller.sendJson({
      event: "stop",
      sequence_number: 5,
      stream_sid: stream,
      stop: { call_sid: "test_call_67890", account_sid: "test_account_11111", reason: "callended" },
    });
    expect((await caller.closed()).code).toBe(1000);
    expect(caller.protocolErrors).toEqual([]);
  });

  test("echo bot, enhanced check: a flat start, foreign marks, clear, odd payloads; the stream lives to its stop", async () => {
    const stream = "test_stream_enhanced";
    const caller = await open(stream);
    caller.sendJson({ event: "connected", timestamp: "2025-07-31T16:05:00.123456" });
    // Everything at the top level, no inner object.
    caller.sendJson({
      event: "start",
      stream_sid: stream,
      call_sid: "test_call_enhanced",
      account_sid: "test_account_enhanced",
      from: "+1111111111",
      to: "+2222222222",
      media_format: { encoding: "raw/slin", sample_rate: "8000", bit_rate: "16" },
    });
    caller.sendJson({ event: "mark", stream_sid: stream, mark: { name: "enhanced_test_marker" }, sequence_number: 1 });
    caller.sendJson({ event: "clear", stream_sid: stream, sequence_number: 2 });
    caller.sendJson({ event: "dtmf", stream_sid: stream, dtmf: { digit: "9", duration: "250" }, sequence_number: 3 });
    for (const chunk of [1, 2, 3])
      caller.sendJson({
        event: "media",
        stream_sid: stream,
        media: {
          chunk: String(chunk),
          timestamp: String(100 * chunk),
          payload: `dGVzdF9lbmhhbmNlZF9hdWRpb19jaHVua18=${chunk}`,
        },
        sequence_number: 3 + chunk,
      });
    // It still echoes what is audio.
    const before = caller.received.length;
    caller.sendMedia(base64(tone(440, 100)));
    await caller.agentSpeaks(before, 2_000);
    caller.sendJson({
      event: "stop",
      call_sid: "test_call_enhanced",
      account_sid: "test_account_enhanced",
      reason: "enhanced_test_completed",
      sequence_number: 7,
    });
    expect((await caller.closed()).code).toBe(1000);
    const call = await server.callOfStream(stream);
    expect(call).toMatchObject({ carrierCallId: "test_call_enhanced", from: "+1111111111", status: "completed" });
  });

  test("browser replica: query on the address, 16 kHz as an integer, 100 ms pieces, its own word for the end", async () => {
    const stream = `browser-${Date.now().toString(36)}`;
    const caller = new ExotelCaller(`${server.ws}/media?sample-rate=16000`, { streamId: stream, sampleRate: 16_000 });
    await caller.open();
    let sequence = 0;
    caller.sendJson({ event: "connected", protocol: "Call", version: "1.0.0" });
    caller.sendJson({
      event: "start",
      sequence_number: ++sequence,
      stream_sid: stream,
      start: {
        stream_sid: stream,
        call_sid: `browser-call-${Date.now().toString(36)}`,
        account_sid: "browser",
        from: "browser-webrtc",
        to: "voicebot",
        custom_parameters: {},
        media_format: { encoding: "audio/x-l16", sample_rate: 16_000, bit_rate: 256_000 },
      },
    });
    for (let chunk = 1; chunk <= 5; ++chunk)
      caller.sendJson({
        event: "media",
        sequence_number: ++sequence,
        stream_sid: stream,
        media: { chunk, timestamp: String(chunk * 100), payload: base64(tone(440, 100, 16_000)) },
      });
    caller.sendJson({ event: "clear", stream_sid: stream });
    await caller.until(() => caller.receivedMs >= 500, 3_000, "500 ms of echo");
    const sound = caller.messages("media").filter((media) => rms(media.samples) > 1_000);
    expect(sound.length).toBeGreaterThan(0);
    caller.sendJson({
      event: "stop",
      sequence_number: ++sequence,
      stream_sid: stream,
      stop: { reason: "user_disconnect" },
    });
    caller.closeSocket(1000);
    await caller.closed();
    expect(caller.protocolErrors).toEqual([]);
    const call = await server.callOfStream(stream);
    expect(call).toMatchObject({ status: "completed", sampleRateHz: 16_000, from: "browser-webrtc" });
  });

  test("bridge check: start without an inner stream id, then a bare close", async () => {
    const stream = "test_stream_123";
    const caller = await open(stream);
    caller.sendJson({ event: "connected", protocol: "Call", version: "1.0.0" });
    caller.sendJson({
      event: "start",
      stream_sid: stream,
      start: {
        call_sid: "test_call_123",
        account_sid: "test_account_123",
        media_format: { encoding: "audio/x-l16", sample_rate: 8000, channels: 1 },
      },
    });
    caller.closeSocket(1000);
    await caller.closed();
    const call = await server.callOfStream(stream);
    expect(call).toMatchObject({ carrierCallId: "test_call_123", status: "completed" });
  });

  test("what is echoed is what was sent", async () => {
    const caller = await ExotelCaller.dial(`${server.ws}/media`);
    const sent = tone(440, 1_000);
    await caller.say(sent);
    await caller.until(() => caller.receivedMs >= 1_200, 5_000, "the echo");
    await caller.hangUp();
    const heard = Int16Array.from(caller.messages("media").flatMap((media) => [...media.samples]));
    const start = heard.findIndex((sample) => Math.abs(sample) > 100);
    const first = sent.findIndex((sample) => Math.abs(sample) > 100);
    expect(heard.slice(start, start + 4_000)).toEqual(sent.slice(first, first + 4_000));
    expect(caller.protocolErrors).toEqual([]);
  });
});

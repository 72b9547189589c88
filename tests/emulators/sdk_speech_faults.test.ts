// Every fault reaches every socket of the speech vendors, in that vendor's own form. Without a fault, the table of sockets
// at the top shows what a whole answer is.
import WebSocket from "ws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chunks } from "./core/audio.js";
import { Emulator } from "./core/emulator.js";
import type { Rule } from "./core/types.js";
import { kPhrase, onTheLine } from "./sdk_support.js";

let emulator: Emulator;
let line: Buffer;
beforeAll(async () => {
  emulator = await Emulator.start({ tls: false });
  const url = `${emulator.url("deepgram", "http")}/v1/speak?encoding=linear16&sample_rate=8000&container=none`;
  const headers = { authorization: "Token line", "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ text: kPhrase }) });
  line = onTheLine(Buffer.from(await answer.arrayBuffer()), 8000);
});
afterAll(() => emulator?.stop());

interface Kind {
  vendor: string;
  path: string;
  headers: (key: string) => Record<string, string>;
  say: () => (string | Buffer)[];
  last: string; // stands in the message that ends an answer
}

const token = (key: string) => ({ authorization: `Token ${key}` });
const sarvamKey = (key: string) => ({ "api-subscription-key": key });
const spoken = (wrap: (audio: Buffer) => string | Buffer) => () => chunks(line, 3200).map(wrap);
const json = (...messages: unknown[]) => () => messages.map((one) => JSON.stringify(one));
const kVoice = "/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM";

const kKinds: Record<string, Kind> = {
  "Deepgram live": {
    vendor: "deepgram",
    path: "/v1/listen?model=nova-3&encoding=linear16&sample_rate=8000&interim_results=true&endpointing=300",
    headers: token,
    say: spoken((audio) => audio),
    last: '"speech_final":true',
  },
  "Deepgram Flux": {
    vendor: "deepgram",
    path: "/v2/listen?model=flux-general-en&encoding=linear16&sample_rate=8000",
    headers: token,
    say: spoken((audio) => audio),
    last: "EndOfTurn",
  },
  "Sarvam recogniser": {
    vendor: "sarvam",
    path: "/speech-to-text/ws?language-code=en-IN&sample_rate=8000&input_audio_codec=pcm_s16le",
    headers: sarvamKey,
    say: spoken((audio) => JSON.stringify({ audio: { data: audio.toString("base64"), sample_rate: 8000, encoding: "audio/wav" } })),
    last: '"type":"data"',
  },
  "Sarvam realtime": {
    vendor: "sarvam",
    path: "/speech-to-text-realtime/ws?language_code=en-IN&sample_rate=8000",
    headers: sarvamKey,
    say: spoken((audio) => JSON.stringify({ event: "audio_input", audio: audio.toString("base64") })),
    last: "transcript.final",
  },
  "Deepgram Aura": {
    vendor: "deepgram",
    path: "/v1/speak?encoding=linear16&sample_rate=8000",
    headers: token,
    say: json({ type: "Speak", text: kPhrase }, { type: "Flush" }),
    last: "Flushed",
  },
  "ElevenLabs stream": {
    vendor: "elevenlabs",
    path: `${kVoice}/stream-input?output_format=pcm_8000`,
    headers: (key) => ({ "xi-api-key": key }),
    say: json({ text: " " }, { text: `${kPhrase} ` }, { text: "" }),
    last: '"isFinal":true',
  },
  "ElevenLabs contexts": {
    vendor: "elevenlabs",
    path: `${kVoice}/multi-stream-input?output_format=pcm_8000`,
    headers: (key) => ({ "xi-api-key": key }),
    say: json({ text: `${kPhrase} `, context_id: "a", flush: true }, { context_id: "a", close_context: true }),
    last: '"isFinal":true',
  },
  "Sarvam voice": {
    vendor: "sarvam",
    path: "/text-to-speech/ws?send_completion_event=true",
    headers: sarvamKey,
    say: json(
      { type: "config", data: { target_language_code: "en-IN", speech_sample_rate: "8000", output_audio_codec: "linear16" } },
      { type: "text", data: { text: kPhrase } },
      { type: "flush" },
    ),
    last: "final",
  },
};

const kSilenceMs = 1000;
const kAfterEndMs = 200;
const kMany = 120;

interface Seen {
  frames: { data: Buffer; binary: boolean }[];
  text: string; // of all text frames
  code: number | undefined; // of a close
  error: string;
}

interface Listening {
  until?: (seen: Seen) => boolean; // enough has come, but for what follows at once; default: the answer's last message
  patience_ms?: number; // without any message
}

async function talk(kind: Kind, key: string, { until = (seen) => seen.text.includes(kind.last), patience_ms = 8000 }: Listening = {}): Promise<Seen> {
  const socket = new WebSocket(`${emulator.url(kind.vendor, "ws")}${kind.path}`, { headers: kind.headers(key) });
  const seen: Seen = { frames: [], text: "", code: undefined, error: "" };
  await new Promise<void>((resolve) => {
    let over = false;
    const done = () => {
      over = true;
      clearTimeout(timer);
      resolve();
    };
    let timer = setTimeout(done, patience_ms);
    const again = () => {
      clearTimeout(timer);
      // An endless answer would never be quiet.
      if (seen.frames.length >= 2 * kMany) done();
      else timer = setTimeout(done, until(seen) ? kAfterEndMs : patience_ms);
    };
    socket.on("open", () => {
      for (const message of kind.say()) socket.send(message);
    });
    socket.on("message", (data: Buffer, binary: boolean) => {
      if (over) return;
      seen.frames.push({ data, binary });
      if (!binary) seen.text += `${data.toString()}\n`;
      again();
    });
    socket.on("error", (error) => (seen.error = error.message));
    socket.on("close", (code) => {
      if (over) return;
      seen.code = code;
      done();
    });
  });
  socket.terminate();
  return seen;
}

let keys = 0;
async function withFault(kind: Kind, rule: Partial<Rule>, listening: Listening = {}): Promise<Seen> {
  const key = `fault-${keys++}`;
  emulator.rule({ vendor: kind.vendor, key, part: "*", ...rule });
  const silent = rule.fault === "half_open" || rule.fault === "timeout";
  return talk(kind, key, silent ? { patience_ms: kSilenceMs, ...listening } : listening);
}

const isJson = ({ data }: { data: Buffer }): boolean => {
  try {
    JSON.parse(data.toString());
    return true;
  } catch {
    return false;
  }
};
const endings = (seen: Seen, kind: Kind): number => seen.text.split(kind.last).length - 1;

describe.each(Object.entries(kKinds))("%s", (name, kind) => {
  const isVoice = ["Deepgram Aura", "ElevenLabs stream", "ElevenLabs contexts", "Sarvam voice"].includes(name);

  test.concurrent("whole, and cut inside characters, it is the same", async () => {
    const [whole, cut] = await Promise.all([talk(kind, `whole-${name}`), withFault(kind, { fault: "split_utf8" })]);
    expect(endings(whole, kind)).toBe(1);
    expect(endings(cut, kind)).toBe(1);
    expect(whole.error).toBe("");
    expect(cut.error).toBe("");
  });

  test.concurrent.each(["first", "middle", "end"] as const)("break, half_open, close_early and silence in phase %s", async (phase) => {
    const faults = ["break", "half_open", "close_early", "timeout"] as const;
    const [broken, half, early, silent] = await Promise.all(faults.map((fault) => withFault(kind, { fault, phase })));
    for (const seen of [broken!, half!, early!, silent!]) expect(endings(seen, kind)).toBe(0);
    expect(broken!.code).toBe(1006);
    expect(half!.code).toBeUndefined();
    expect(early!.code).toBe(1000);
    expect(silent!.code).toBeUndefined();
  });

  test.concurrent("nonsense of every kind", async () => {
    const faults = ["invalid_json", "wrong_types", "invalid_utf8", "text_for_binary", "garbage"] as const;
    const phase = name === "Deepgram Aura" ? "end" : "first";
    const texts = (one: Seen) => one.frames.filter((frame) => !frame.binary);
    const isSwapped = (one: Seen) => one.frames.some((frame) => frame.binary && isJson(frame)) || one.text.includes("*not* base64");
    const until = (one: Seen) => one.text.includes(kind.last) || isSwapped(one) || !texts(one).every(isJson);
    const seen = await Promise.all(faults.map((fault) => withFault(kind, { fault, phase }, { until })));
    expect(texts(seen[0]!).every(isJson)).toBe(false);
    expect(texts(seen[1]!).every(isJson)).toBe(true);
    expect(seen[2]!.error).toContain("UTF-8");
    expect(isSwapped(seen[3]!)).toBe(true);
    expect(seen[4]!.frames.every((frame) => (frame.binary ? name === "Deepgram Aura" : isJson(frame)))).toBe(false);
  });

  test.concurrent("twice, and without end", async () => {
    const [twice, endless] = await Promise.all([
      withFault(kind, { fault: "answer_twice" }),
      withFault(kind, { fault: "endless" }, { until: (one) => one.frames.length >= kMany }),
    ]);
    if (name !== "ElevenLabs stream") expect(endings(twice!, kind)).toBe(2);
    expect(endless!.frames.length).toBeGreaterThanOrEqual(kMany);
  });

  test.concurrent("an error of the vendor in the middle closes with its code", async () => {
    const seen = await withFault(kind, { fault: "no_credit", phase: "middle" });
    expect(seen.text).toMatch(/credit|quota/i);
    expect([1003, 1008]).toContain(seen.code);
    const ours = await withFault(kind, { fault: "server_error", phase: "middle" });
    expect(ours.code).toBe(1011);
  });

  test.runIf(isVoice).concurrent("an odd byte, and a header in raw sound", async () => {
    const sound = (one: Seen): Buffer =>
      Buffer.concat(
        one.frames.map(({ data, binary }) => {
          if (binary) return data;
          const message = JSON.parse(data.toString()) as { audio?: string | null; data?: { audio?: string } };
          return Buffer.from(message.audio ?? message.data?.audio ?? "", "base64");
        }),
      );
    const [whole, odd, headed] = await Promise.all([
      talk(kind, `sound-${name}`),
      withFault(kind, { fault: "odd_byte" }),
      withFault(kind, { fault: "wav_header" }),
    ]);
    expect(sound(odd!).length).toBe(sound(whole!).length + 1);
    expect(sound(headed!).toString("latin1", 0, 4)).toBe("RIFF");
    expect(sound(headed!).readUInt32LE(24)).toBe(8000);
  });
});

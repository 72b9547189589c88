// What a broken vendor makes of one message. Pure and without chance, so that a test that failed fails again.
import type { Message } from "./types.js";

/** What really goes on the wire. */
export interface Wire {
  bytes: Buffer;
  binary: boolean;
}

export function toWire(message: Message): Wire {
  if ("binary" in message) return { bytes: message.binary, binary: true };
  if ("audio" in message) return toWire(message.wrap(message.audio));
  if ("text" in message) return { bytes: Buffer.from(message.text), binary: false };
  const text = JSON.stringify(message.json);
  return { bytes: Buffer.from(message.frame ? message.frame(text) : text), binary: false };
}

const kGarbage = Buffer.from(Array.from({ length: 97 }, (_, i) => (i * 151 + 83) & 0xff));

/** Bytes that are nothing at all, or printable nonsense where bytes must be text. */
export function garbage(text: boolean): Buffer {
  return text ? Buffer.from(kGarbage.toString("base64").replace(/=/g, "{") + "\n\n}}]{\"") : kGarbage;
}

export function invalidJson(message: Message): Wire {
  if (!("json" in message)) return "audio" in message ? invalidJson(message.wrap(message.audio)) : { bytes: garbage(false), binary: "binary" in message };
  const text = JSON.stringify(message.json);
  const broken = text.slice(0, Math.ceil(text.length * 0.6));
  return { bytes: Buffer.from(message.frame ? message.frame(broken) : broken), binary: false };
}

// What a client looks at first keeps its value, so that the wrong types behind it are reached.
const kKept = new Set(["type", "event", "object", "event_type", "role"]);

function wrong(value: unknown, name = ""): unknown {
  if (typeof value === "string") return kKept.has(name) ? value : 7;
  if (typeof value === "number") return "seven";
  if (typeof value === "boolean") return [value];
  if (value === null) return { no: "thing" };
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map((item) => wrong(item));
  if (typeof value !== "object") return value;
  const made = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, wrong(item, key)]));
  return Object.keys(made).length === 0 ? [] : made;
}

export function wrongTypes(message: Message): Wire {
  if ("audio" in message) return wrongTypes(message.wrap(message.audio));
  return "json" in message ? toWire({ ...message, json: wrong(message.json) }) : { bytes: Buffer.from('{"sound":[]}'), binary: "binary" in message };
}

function longestString(value: unknown, best = ""): string {
  if (typeof value === "string") return value.length > best.length ? value : best;
  if (typeof value !== "object" || value === null) return best;
  return Object.entries(value).reduce((found, [key, item]) => (kKept.has(key) ? found : longestString(item, found)), best);
}

export function invalidUtf8(message: Message): Wire {
  if ("audio" in message) return invalidUtf8(message.wrap(message.audio));
  const { bytes, binary } = toWire(message);
  let at = bytes.length >> 1;
  if ("json" in message) {
    const found = bytes.indexOf(JSON.stringify(longestString(message.json)));
    if (found >= 0) at = found + 1;
  }
  return { bytes: Buffer.concat([bytes.subarray(0, at), Buffer.from([0xc3, 0x28, 0xff]), bytes.subarray(at)]), binary };
}

export function textForBinary(message: Message): Wire {
  if ("binary" in message) return { bytes: Buffer.from("<html><body>502 Bad Gateway</body></html>"), binary: false };
  if ("audio" in message) {
    const marker = Buffer.from("sound was here");
    const { bytes, binary } = toWire(message.wrap(marker));
    return { bytes: Buffer.from(bytes.toString().replace(marker.toString("base64"), "this is *not* base64!")), binary };
  }
  return { bytes: toWire(message).bytes, binary: true };
}

/** Cuts inside every character of more than one byte. */
export function insideCharacters(bytes: Buffer): Buffer[] {
  const cut: Buffer[] = [];
  let from = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i]! >= 0xc0) {
      cut.push(bytes.subarray(from, i + 1));
      from = i + 1;
    }
  }
  cut.push(bytes.subarray(from));
  return cut.filter((piece) => piece.length > 0);
}

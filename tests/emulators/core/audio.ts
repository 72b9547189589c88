// Sound as the vendors' wires have it: mono int16 inside, little-endian PCM, G.711 and WAV outside.

export function pcmBytes(samples: Int16Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** An odd last byte is dropped. Copies, so that any alignment will do. */
export function pcmSamples(bytes: Buffer): Int16Array {
  const samples = new Int16Array(bytes.length >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(2 * i);
  return samples;
}

const kBias = 0x84;

function muLawByte(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), 32635) + kBias;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}

function muLawSample(byte: number): number {
  const inverted = ~byte & 0xff;
  const exponent = (inverted >> 4) & 7;
  const magnitude = ((((inverted & 0x0f) << 3) + kBias) << exponent) - kBias;
  return inverted & 0x80 ? -magnitude : magnitude;
}

function aLawByte(sample: number): number {
  const sign = sample >= 0 ? 0x80 : 0;
  const magnitude = Math.min(sample >= 0 ? sample : -sample - 1, 32767) >> 4;
  let value = magnitude;
  if (magnitude >= 16) {
    const exponent = 31 - Math.clz32(magnitude) - 3;
    value = (exponent << 4) | ((magnitude >> (exponent - 1)) & 0x0f);
  }
  return (sign | value) ^ 0x55;
}

function aLawSample(byte: number): number {
  const value = byte ^ 0x55;
  const exponent = (value >> 4) & 7;
  let magnitude = ((value & 0x0f) << 4) + 8;
  if (exponent > 0) magnitude = (magnitude + 0x100) << (exponent - 1);
  return value & 0x80 ? magnitude : -magnitude;
}

export type Encoding = "linear16" | "mulaw" | "alaw";

export function encode(samples: Int16Array, encoding: Encoding): Buffer {
  if (encoding === "linear16") return Buffer.from(pcmBytes(samples));
  const byte = encoding === "mulaw" ? muLawByte : aLawByte;
  const bytes = Buffer.alloc(samples.length);
  for (let i = 0; i < samples.length; i++) bytes[i] = byte(samples[i]!);
  return bytes;
}

export function decode(bytes: Buffer, encoding: Encoding): Int16Array {
  if (encoding === "linear16") return pcmSamples(bytes);
  const sample = encoding === "mulaw" ? muLawSample : aLawSample;
  return Int16Array.from(bytes, (byte) => sample(byte));
}

export function wavHeader(rate: number, dataBytes: number): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(dataBytes, 40);
  return header;
}

export function wav(samples: Int16Array, rate: number): Buffer {
  return Buffer.concat([wavHeader(rate, samples.byteLength), pcmBytes(samples)]);
}

/** The sound of a WAV file (16 bit PCM or G.711, first channel); undefined when it is none. */
export function readWav(file: Buffer): { samples: Int16Array; rate: number } | undefined {
  if (file.length < 12 || file.toString("latin1", 0, 4) !== "RIFF" || file.toString("latin1", 8, 12) !== "WAVE") return undefined;
  let rate = 0;
  let format = 0;
  let channels = 1;
  for (let at = 12; at + 8 <= file.length; ) {
    const name = file.toString("latin1", at, at + 4);
    const declared = file.readUInt32LE(at + 4);
    // A streamed file has no true length.
    const size = Math.min(declared, file.length - at - 8);
    if (name === "fmt " && size >= 16) {
      format = file.readUInt16LE(at + 8);
      channels = file.readUInt16LE(at + 10);
      rate = file.readUInt32LE(at + 12);
    } else if (name === "data" && rate > 0) {
      const encoding = format === 7 ? "mulaw" : format === 6 ? "alaw" : "linear16";
      const all = decode(file.subarray(at + 8, at + 8 + size), encoding);
      return { rate, samples: channels > 1 ? all.filter((_, i) => i % channels === 0) : all };
    }
    at += 8 + size + (size & 1);
  }
  return undefined;
}

/** Linear interpolation: good enough for ears that know a grammar. */
export function resample(samples: Int16Array, from: number, to: number): Int16Array {
  if (from === to || samples.length === 0) return samples;
  const length = Math.max(1, Math.round((samples.length * to) / from));
  const result = new Int16Array(length);
  for (let i = 0; i < length; i++) {
    const place = (i * from) / to;
    const left = Math.min(Math.floor(place), samples.length - 1);
    const right = Math.min(left + 1, samples.length - 1);
    result[i] = Math.round(samples[left]! + (samples[right]! - samples[left]!) * (place - left));
  }
  return result;
}

export function joinSamples(pieces: Int16Array[]): Int16Array {
  const joined = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** Cuts into pieces of `size` (the last may be shorter). */
export function chunks(bytes: Buffer, size: number): Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) cut.push(bytes.subarray(at, at + size));
  return cut;
}

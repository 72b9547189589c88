// Just enough WAV for the tests: 16-bit PCM, any number of channels.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { testData } from "./server.js";

export interface Wav {
  sampleRate: number;
  channels: Int16Array[];
}

// Throws when the header does not fit the bytes: that is what "playable" means here.
export function readWav(path: string): Wav {
  const bytes = readFileSync(path);
  if (bytes.toString("latin1", 0, 4) !== "RIFF" || bytes.toString("latin1", 8, 12) !== "WAVE")
    throw new Error(`${path} is not a WAV file`);
  if (bytes.readUInt32LE(4) !== bytes.length - 8)
    throw new Error(`${path}: the header says ${bytes.readUInt32LE(4) + 8} bytes, the file has ${bytes.length}`);
  let sampleRate = 0;
  let channelCount = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString("latin1", at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const body = at + 8;
    if (id === "fmt ") {
      channelCount = bytes.readUInt16LE(body + 2);
      sampleRate = bytes.readUInt32LE(body + 4);
      if (bytes.readUInt16LE(body) !== 1 || bytes.readUInt16LE(body + 14) !== 16)
        throw new Error(`${path} is not 16-bit PCM`);
    } else if (id === "data") {
      if (body + size > bytes.length) throw new Error(`${path}: the data chunk runs past the end of the file`);
      const frames = Math.floor(size / 2 / channelCount);
      const channels = Array.from({ length: channelCount }, () => new Int16Array(frames));
      for (let frame = 0; frame < frames; ++frame)
        for (let channel = 0; channel < channelCount; ++channel)
          channels[channel]![frame] = bytes.readInt16LE(body + 2 * (frame * channelCount + channel));
      return { sampleRate, channels };
    }
    at = body + size + (size % 2);
  }
  throw new Error(`${path} has no data chunk`);
}

export function seconds(wav: Wav): number {
  return wav.channels[0]!.length / wav.sampleRate;
}

// Recorded speech of tests/data at 8 kHz.
export function speech(name: string): Int16Array {
  const wav = readWav(join(testData, `${name}.wav`));
  if (wav.sampleRate !== 8000 || wav.channels.length !== 1) throw new Error(`${name}.wav must be 8 kHz mono`);
  return wav.channels[0]!;
}

export function tone(hz: number, milliseconds: number, sampleRate = 8000, amplitude = 8000): Int16Array {
  const samples = new Int16Array(Math.round((sampleRate * milliseconds) / 1000));
  for (let i = 0; i < samples.length; ++i) samples[i] = amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRate);
  return samples;
}

export function rms(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

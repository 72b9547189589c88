// Sound for the page's microphone, and what comes out of its loudspeaker.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";

export const silence = (seconds: number, rate: number) => new Int16Array(Math.round(seconds * rate));

// A WAV file of the pieces, one after the other.
export class SoundFile {
  readonly path: string;
  private readonly directory = mkdtempSync(join(tmpdir(), "parley-sound-"));

  constructor(pieces: Int16Array[], rate: number) {
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0) * 2;
    const file = Buffer.alloc(44 + size);
    file.write("RIFF", 0, "latin1");
    file.writeUInt32LE(36 + size, 4);
    file.write("WAVEfmt ", 8, "latin1");
    file.writeUInt32LE(16, 16);
    file.writeUInt16LE(1, 20);
    file.writeUInt16LE(1, 22);
    file.writeUInt32LE(rate, 24);
    file.writeUInt32LE(rate * 2, 28);
    file.writeUInt16LE(2, 32);
    file.writeUInt16LE(16, 34);
    file.write("data", 36, "latin1");
    file.writeUInt32LE(size, 40);
    let at = 44;
    for (const piece of pieces) for (const sample of piece) at = file.writeInt16LE(sample, at);
    this.path = join(this.directory, "sound.wav");
    writeFileSync(this.path, file);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const recorder = `registerProcessor("recorder", class extends AudioWorkletProcessor {
  process([input]) {
    this.port.postMessage((input[0] ?? new Float32Array(128)).slice());
    return true;
  }
});`;

// Before the page is opened, which must be one with bypassCsp. `raw`: the microphone as it is, without what the browser does to speech.
export async function listenToLoudspeaker(page: Page, { raw = false } = {}): Promise<void> {
  await page.addInitScript(`(() => {
    const heard = (window.heardSound = { pieces: [], rate: 0 });
    const Node = window.AudioWorkletNode;
    window.AudioWorkletNode = class extends Node {
      constructor(context, name, options) {
        super(context, name, options);
        if (name !== "call-playback") return;
        heard.rate = context.sampleRate;
        const address = URL.createObjectURL(new Blob([${JSON.stringify(recorder)}], { type: "text/javascript" }));
        void context.audioWorklet.addModule(address).then(() => {
          const recorder = new Node(context, "recorder");
          recorder.port.onmessage = ({ data }) => heard.pieces.push(data);
          this.connect(recorder).connect(context.destination);
        });
      }
    };
    if (${raw}) {
      const devices = navigator.mediaDevices;
      const open = devices.getUserMedia.bind(devices);
      devices.getUserMedia = () => open({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
    }
  })()`);
}

export interface Sound {
  samples: Float32Array;
  rate: number;
}

export async function heardSound(page: Page): Promise<Sound> {
  const { rate, base64 } = (await page.evaluate(`(() => {
    const { pieces, rate } = window.heardSound;
    const bytes = new Uint8Array(pieces.length * 512);
    pieces.forEach((piece, i) => bytes.set(new Uint8Array(piece.buffer), i * 512));
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return { rate, base64: btoa(text) };
  })()`)) as { rate: number; base64: string };
  const bytes = Buffer.from(base64, "base64");
  return { rate, samples: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)) };
}

export const loudest = (samples: Float32Array) => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

// Places in seconds where the sound jumps as speech does not: much further in one step than in all steps around it.
export function clicks({ samples, rate }: Sound): number[] {
  const step = (i: number) => Math.abs(samples[i]! - samples[i - 1]!);
  const found: number[] = [];
  for (let i = 41; i < samples.length - 41; ++i) {
    if (step(i) < 0.15) continue;
    let around = 0;
    for (let k = 1; k <= 40; ++k) around = Math.max(around, step(i - k), step(i + k));
    if (step(i) > 2.5 * around) found.push(Math.round((1000 * i) / rate) / 1000);
  }
  return found;
}

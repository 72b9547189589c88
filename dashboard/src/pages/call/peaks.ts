// The waveform of a recording of any length: read in pieces, so that nothing waits for it, and only the loudest sample
// of each stretch is kept.
import { durationOf, parseWav, type WavFormat } from "./wav";

export class Peaks {
  readonly channels: Float32Array[];
  private readonly frames: number;

  constructor(
    private readonly format: WavFormat,
    readonly bins: number,
  ) {
    this.frames = format.dataBytes / (2 * format.channels);
    this.channels = Array.from({ length: format.channels }, () => new Float32Array(bins));
  }

  // Whole frames, of which the first is the `first`th of the recording.
  add(samples: Int16Array, first: number) {
    const { channels } = this.format;
    const count = Math.floor(samples.length / channels);
    for (let i = 0; i < count; ++i) {
      const bin = Math.min(this.bins - 1, Math.floor(((first + i) * this.bins) / this.frames));
      for (let c = 0; c < channels; ++c) {
        const level = Math.abs(samples[i * channels + c]!) / 32768;
        const into = this.channels[c]!;
        if (level > into[bin]!) into[bin] = level;
      }
    }
  }
}

export interface PeaksSoFar {
  channels: Float32Array[];
  durationS: number;
  share: number; // 0 to 1: of the recording that has been read
}

export type ReadRange = (from: number, to: number) => Promise<{ bytes: ArrayBuffer; total: number }>;

const headBytes = 4096;
const pieceBytes = 1 << 20; // a multiple of every frame

// null: it is no recording that can be drawn.
export async function* readPeaks(read: ReadRange, bins: number): AsyncGenerator<PeaksSoFar | null> {
  const head = await read(0, headBytes - 1);
  const format = parseWav(head.bytes, head.total);
  if (!format || format.dataBytes === 0) return yield null;
  const frame = 2 * format.channels;
  const peaks = new Peaks(format, Math.min(bins, format.dataBytes / frame));
  for (let at = 0; at < format.dataBytes; at += pieceBytes) {
    const until = Math.min(at + pieceBytes, format.dataBytes);
    const { bytes } = await read(format.dataOffset + at, format.dataOffset + until - 1);
    peaks.add(new Int16Array(bytes, 0, Math.floor(bytes.byteLength / 2)), at / frame);
    yield { channels: peaks.channels, durationS: durationOf(format), share: until / format.dataBytes };
  }
}

// Ranges of an address; a server that sends all of it instead is understood, too.
export function rangesOf(address: string, signal: AbortSignal): ReadRange {
  return async (from, to) => {
    const response = await fetch(address, { headers: { Range: `bytes=${from}-${to}` }, credentials: "same-origin", signal });
    if (!response.ok) throw new Error(`${response.status}`);
    const bytes = await response.arrayBuffer();
    const total = Number(/\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "")?.[1]);
    if (response.status === 206 && total > 0) return { bytes, total };
    return { bytes: bytes.slice(from, to + 1), total: bytes.byteLength };
  };
}

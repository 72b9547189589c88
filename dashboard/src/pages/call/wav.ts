// What the head of a recording says of it: 16-bit PCM, one or two channels.
export interface WavFormat {
  channels: number;
  sampleRateHz: number;
  dataOffset: number; // bytes
  dataBytes: number;
}

// `fileBytes` is the length of the whole file: a recording that is not closed yet has no length in its head. null: it
// is something else than such a file, or its head is longer than `head`.
export function parseWav(head: ArrayBuffer, fileBytes: number): WavFormat | null {
  const view = new DataView(head);
  const word = (at: number) => String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
  if (view.byteLength < 12 || word(0) !== "RIFF" || word(8) !== "WAVE") return null;
  let format: Pick<WavFormat, "channels" | "sampleRateHz"> | null = null;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const name = word(at);
    const size = view.getUint32(at + 4, true);
    const begin = at + 8;
    if (name === "fmt " && begin + 16 <= view.byteLength) {
      const pcm16 = view.getUint16(begin, true) === 1 && view.getUint16(begin + 14, true) === 16;
      const channels = view.getUint16(begin + 2, true);
      if (!pcm16 || channels < 1 || channels > 2) return null;
      format = { channels, sampleRateHz: view.getUint32(begin + 4, true) };
    } else if (name === "data") {
      if (!format || format.sampleRateHz === 0) return null;
      const there = Math.max(0, fileBytes - begin);
      const frame = 2 * format.channels;
      const length = size === 0 || size === 0xffffffff ? there : Math.min(size, there);
      return { ...format, dataOffset: begin, dataBytes: length - (length % frame) };
    }
    at = begin + size + (size % 2);
  }
  return null;
}

export function durationOf(format: WavFormat): number {
  return format.dataBytes / (2 * format.channels * format.sampleRateHz);
}

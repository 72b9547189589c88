// Whether a file of sound can be played, by its own sizes; small enough to look at hundreds.
export interface Sound {
  sampleRate: number;
  channels: number;
  durationMs: number;
  isHeard: boolean[]; // each channel: is there anything but silence
}

// A sentence when it cannot be played.
export function soundOf(bytes: Buffer): Sound | string {
  if (bytes.length < 44) return `only ${bytes.length} bytes`;
  if (bytes.toString("latin1", 0, 4) !== "RIFF" || bytes.toString("latin1", 8, 12) !== "WAVE") return "no WAV header";
  if (bytes.readUInt32LE(4) !== bytes.length - 8)
    return `the header says ${bytes.readUInt32LE(4) + 8} bytes, there are ${bytes.length}`;
  let sampleRate = 0;
  let channels = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString("latin1", at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const body = at + 8;
    if (body + size > bytes.length) return `the chunk ${id} runs past the end`;
    if (id === "fmt ") {
      if (bytes.readUInt16LE(body) !== 1 || bytes.readUInt16LE(body + 14) !== 16) return "not 16-bit PCM";
      channels = bytes.readUInt16LE(body + 2);
      sampleRate = bytes.readUInt32LE(body + 4);
    } else if (id === "data") {
      if (channels === 0 || sampleRate === 0) return "sound before its format";
      const frames = Math.floor(size / 2 / channels);
      const isHeard = Array.from({ length: channels }, () => false);
      for (let frame = 0; frame < frames; frame += 7)
        for (let channel = 0; channel < channels; ++channel)
          if (Math.abs(bytes.readInt16LE(body + 2 * (frame * channels + channel))) > 100) isHeard[channel] = true;
      return { sampleRate, channels, durationMs: Math.round((frames * 1000) / sampleRate), isHeard };
    }
    at = body + size + (size % 2);
  }
  return "no sound in it";
}

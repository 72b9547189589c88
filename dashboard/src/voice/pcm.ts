// Between the browser's samples (-1 to 1) and what goes over the line (16 bits, little-endian, mono).

export function pcmOf(samples: Float32Array): ArrayBuffer {
  const bytes = new ArrayBuffer(samples.length * 2);
  const view = new DataView(bytes);
  for (let i = 0; i < samples.length; ++i) {
    const clipped = Math.max(-1, Math.min(1, samples[i]!));
    view.setInt16(i * 2, Math.round(clipped * 32767), true);
  }
  return bytes;
}

export function samplesOf(pcm: ArrayBuffer): Float32Array {
  const view = new DataView(pcm);
  const samples = new Float32Array(pcm.byteLength >> 1);
  for (let i = 0; i < samples.length; ++i) samples[i] = view.getInt16(i * 2, true) / 32768;
  return samples;
}

// How loud it is: 0 for silence, 1 for the loudest there can be.
export function rms(samples: Float32Array): number {
  if (samples.length === 0) return 0;
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}

// The same for a meter: -60 dB and less is 0, -6 dB and more is 1.
export function meterOf(level: number): number {
  return level <= 0.001 ? 0 : Math.min(1, (20 * Math.log10(level) + 60) / 54);
}

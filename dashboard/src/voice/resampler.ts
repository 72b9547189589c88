// Sound from one sample rate to another, piece by piece without a seam: a polyphase low-pass of windowed sincs. What
// was given so far and not yet needed is kept for the next piece, so that pieces of any length give the same sound.

const zeroCrossings = 16;
const kaiserBeta = 8;
// Of the lower of both bands; the rest is the filter's slope.
const passBand = 0.92;

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-9; ++k) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

export class Resampler {
  private readonly up: number;
  private readonly down: number;
  private readonly half: number;
  private readonly filters: Float32Array[] = [];
  private kept: Float32Array;
  private phase = 0;

  constructor(from: number, to: number) {
    const divisor = greatestCommonDivisor(from, to);
    this.up = to / divisor;
    this.down = from / divisor;
    const scale = Math.min(1, to / from) * passBand;
    this.half = Math.ceil(zeroCrossings / scale);
    for (let phase = 0; phase < this.up; ++phase) this.filters.push(this.filter(phase / this.up, scale));
    this.kept = new Float32Array(this.half - 1);
  }

  private filter(offset: number, scale: number): Float32Array {
    const taps = new Float32Array(2 * this.half);
    let sum = 0;
    for (let k = 0; k < taps.length; ++k) {
      const at = k - (this.half - 1) - offset;
      const across = Math.min(1, Math.abs(at) / this.half);
      taps[k] = sinc(scale * at) * besselI0(kaiserBeta * Math.sqrt(1 - across * across));
      sum += taps[k]!;
    }
    // A constant stays the same constant in every phase.
    for (let k = 0; k < taps.length; ++k) taps[k]! /= sum;
    return taps;
  }

  process(input: Float32Array): Float32Array {
    if (this.up === this.down) return input.slice();
    const samples = new Float32Array(this.kept.length + input.length);
    samples.set(this.kept);
    samples.set(input, this.kept.length);
    const length = 2 * this.half;
    const places = samples.length - length + 1;
    const out = new Float32Array(places > 0 ? Math.ceil((places * this.up - this.phase) / this.down) : 0);
    let at = 0;
    for (let i = 0; i < out.length; ++i) {
      const taps = this.filters[this.phase]!;
      let sum = 0;
      for (let k = 0; k < length; ++k) sum += samples[at + k]! * taps[k]!;
      out[i] = sum;
      this.phase += this.down;
      at += Math.floor(this.phase / this.up);
      this.phase %= this.up;
    }
    this.kept = samples.slice(at);
    return out;
  }

  // What comes next has nothing to do with what was before.
  reset() {
    this.kept = new Float32Array(this.half - 1);
    this.phase = 0;
  }
}

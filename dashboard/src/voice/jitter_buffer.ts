// What the agent says, between the network, which delivers it in pieces and not always in time, and the loudspeaker,
// which wants samples at a steady rate. It begins with a small store, so that a late piece leaves no hole; where sound
// begins, breaks off or is dropped it is faded, so that nothing clicks. Marks come out when what stood before them has
// really left the loudspeaker.

export interface JitterBufferOptions {
  sampleRate: number;
  // Store with which a word begins; it grows when pieces come late.
  startMs?: number;
  mostStartMs?: number;
  // A word that is shorter than the store begins after this time.
  patienceMs?: number;
  fadeMs?: number;
}

interface Mark {
  name: string;
  at: number;
}

const mostSeconds = 120;

export class JitterBuffer {
  private readonly rate: number;
  private readonly fade: number;
  private readonly patience: number;
  private readonly mostStart: number;
  private readonly soonAfter: number;
  private start: number;

  private chunks: Float32Array[] = [];
  private head = 0; // in the first chunk
  private readAt = 0; // samples ever read
  private writtenTo = 0; // samples ever written
  private playing = false;
  private waited = 0;
  private dryFor = Infinity;
  private fadeIn = 0; // samples of the next piece that are still to be faded in
  private tail = 0; // what sounds on where sound broke off
  private readonly tailDecay: number;

  private marks: Mark[] = [];
  private due: Mark[] = []; // read, but still on the way to the loudspeaker; `at` in frames
  private frames = 0;
  private latencyFrames = 0;
  private gaps = 0;

  constructor({ sampleRate, startMs = 60, mostStartMs = 240, patienceMs = 80, fadeMs = 5 }: JitterBufferOptions) {
    const samples = (ms: number) => Math.round((ms * sampleRate) / 1000);
    this.rate = sampleRate;
    this.start = samples(startMs);
    this.mostStart = samples(mostStartMs);
    this.patience = samples(patienceMs);
    this.fade = samples(fadeMs);
    this.fadeIn = this.fade;
    this.soonAfter = samples(300);
    this.tailDecay = Math.exp(-1 / (sampleRate * 0.001));
  }

  get bufferedMs(): number {
    return ((this.writtenTo - this.readAt) * 1000) / this.rate;
  }

  // Holes within what was said, so far.
  get underruns(): number {
    return this.gaps;
  }

  // From here to the ear.
  setLatency(seconds: number) {
    this.latencyFrames = Math.max(0, Math.round(Math.min(seconds, 1) * this.rate));
  }

  push(samples: Float32Array) {
    if (samples.length === 0 || this.writtenTo - this.readAt > mostSeconds * this.rate) return;
    // It ran dry within a word: the next time it begins with more.
    if (this.dryFor > 0 && this.dryFor < this.soonAfter) {
      this.gaps += 1;
      this.start = Math.min(this.mostStart, this.start * 2);
      this.dryFor = Infinity;
    }
    for (let i = 0; i < samples.length && this.fadeIn > 0; ++i, --this.fadeIn) samples[i]! *= 1 - this.fadeIn / this.fade;
    this.chunks.push(samples);
    this.writtenTo += samples.length;
  }

  mark(name: string) {
    this.marks.push({ name, at: this.writtenTo });
  }

  // Drops what is not played yet, but for a short fade. Returns the marks that are void with it, those first whose
  // sound is still on its way.
  clear(): string[] {
    const names = [...this.due, ...this.marks].map((mark) => mark.name);
    this.due = [];
    this.marks = [];
    const rest = this.playing ? this.take(Math.min(this.fade, this.writtenTo - this.readAt)) : new Float32Array(0);
    this.readAt -= rest.length;
    for (let i = 0; i < rest.length; ++i) rest[i]! *= 1 - (i + 1) / rest.length;
    this.chunks = rest.length > 0 ? [rest] : [];
    this.head = 0;
    this.writtenTo = this.readAt + rest.length;
    this.fadeIn = this.fade;
    this.dryFor = Infinity;
    this.waited = 0;
    return names;
  }

  // Fills `out`, with silence where there is nothing. Returns the marks that are reached.
  read(out: Float32Array): string[] {
    const stored = this.writtenTo - this.readAt;
    if (!this.playing && stored > 0) {
      this.waited += out.length;
      this.playing = stored >= this.start || this.waited >= this.patience;
    }
    const some = this.playing ? this.take(Math.min(stored, out.length)) : new Float32Array(0);
    const last = some.length > 0 ? some[some.length - 1]! : 0;
    for (let i = 0; i < out.length; ++i) {
      if (i === some.length && this.playing) this.breakOff(last);
      out[i] = (some[i] ?? 0) + this.tail;
      this.tail = Math.abs(this.tail) < 1e-5 ? 0 : this.tail * this.tailDecay;
    }
    if (!this.playing && stored === 0) this.dryFor += out.length;
    this.frames += out.length;
    return this.reached();
  }

  private breakOff(last: number) {
    this.playing = false;
    this.waited = 0;
    this.tail += last;
    this.fadeIn = this.fade;
    this.dryFor = 0;
  }

  private reached(): string[] {
    while (this.marks.length > 0 && this.marks[0]!.at <= this.readAt)
      this.due.push({ name: this.marks.shift()!.name, at: this.frames + this.latencyFrames });
    const names: string[] = [];
    while (this.due.length > 0 && this.due[0]!.at <= this.frames) names.push(this.due.shift()!.name);
    return names;
  }

  private take(length: number): Float32Array {
    const taken = new Float32Array(length);
    let filled = 0;
    while (filled < length) {
      const chunk = this.chunks[0]!;
      const some = Math.min(length - filled, chunk.length - this.head);
      taken.set(chunk.subarray(this.head, this.head + some), filled);
      filled += some;
      this.head += some;
      if (this.head < chunk.length) continue;
      this.chunks.shift();
      this.head = 0;
    }
    this.readAt += length;
    return taken;
  }
}

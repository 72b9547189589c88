// Cuts a stream of samples into frames of one length.
export class Framer {
  private frame: Float32Array;
  private filled = 0;

  constructor(private readonly length: number) {
    this.frame = new Float32Array(length);
  }

  // Calls `take` with each frame that is full; it is the callee's.
  push(samples: Float32Array, take: (frame: Float32Array) => void) {
    let at = 0;
    while (at < samples.length) {
      const some = Math.min(samples.length - at, this.length - this.filled);
      this.frame.set(samples.subarray(at, at + some), this.filled);
      this.filled += some;
      at += some;
      if (this.filled < this.length) return;
      const full = this.frame;
      this.frame = new Float32Array(this.length);
      this.filled = 0;
      take(full);
    }
  }
}

// When to try again after a connection was lost: soon at first, then more slowly, until it is given up.
export class BackOff {
  private tries = 0;
  private lostAt: number | null = null;

  constructor(
    private readonly firstMs: number,
    private readonly mostMs: number,
    private readonly giveUpAfterMs: number,
  ) {}

  // Milliseconds to wait, or null: it has been tried for long enough.
  next(now: number): number | null {
    this.lostAt ??= now;
    if (now - this.lostAt >= this.giveUpAfterMs) return null;
    return Math.min(this.mostMs, this.firstMs * 2 ** this.tries++);
  }

  reset() {
    this.tries = 0;
    this.lostAt = null;
  }
}

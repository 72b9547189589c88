// Tasks of one session, one after the other. A task that throws is a bug of the emulator: it is said on stderr and told
// to `onError`, so that a test fails at once instead of waiting.

export class Serial {
  private tail: Promise<void> = Promise.resolve();

  constructor(private readonly onError: () => void) {}

  run(task: () => Promise<void> | void): Promise<void> {
    this.tail = this.tail.then(task).catch((error: unknown) => {
      console.error(error);
      this.onError();
    });
    return this.tail;
  }
}

// For the tests with the vendors' own clients: sound to send, and messages to wait for.
import { pcmBytes } from "./core/audio.js";

export const kPhrase = "What are your opening hours?";
export const kHeard = "what are your opening hours";

export function bytesOf(samples: Int16Array): Buffer {
  return Buffer.from(pcmBytes(samples));
}

/** Sound between two silences, as a caller's line has it. */
export function onTheLine(sound: Buffer, rate: number, after_ms = 1200): Buffer {
  return Buffer.concat([Buffer.alloc(Math.round(rate * 0.3) * 2), sound, Buffer.alloc(Math.round((rate * after_ms) / 1000) * 2)]);
}

/** Messages as they come; `until` waits for one that fits. */
export class Inbox<Message> {
  readonly all: Message[] = [];
  private waiting: (() => void)[] = [];

  add(message: Message): void {
    this.all.push(message);
    for (const wake of this.waiting.splice(0)) wake();
  }

  async until(fits: (message: Message) => boolean, timeout_ms = 8000): Promise<Message> {
    const end = Date.now() + timeout_ms;
    for (;;) {
      const found = this.all.find(fits);
      if (found !== undefined) return found;
      const left = end - Date.now();
      if (left <= 0) throw new Error(`it did not come; what came: ${JSON.stringify(this.all).slice(0, 2000)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }
}

export async function failure(what: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await what;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error("it was expected to fail");
}

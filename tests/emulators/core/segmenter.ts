// Finds utterances in a stream of sound by its energy, as the vendors' own endpointing does with better means.
import { joinSamples } from "./audio.js";
import type { Segmenter, SegmenterHandlers, SegmenterOptions } from "./types.js";

const kFrameMs = 10;
const kQuietest = 120; // RMS below which nothing is speech
const kMaxUtteranceMs = 60_000;

export class EnergySegmenter implements Segmenter {
  private readonly frame: number;
  private readonly silence: number; // these four in frames
  private readonly minSpeech: number;
  private readonly prefix: number;
  private readonly partial: number;
  private rest: Int16Array = new Int16Array(0);
  private frames = 0;
  private floor = kQuietest / 3;
  private recent: boolean[] = [];
  private kept: Int16Array[] = []; // the prefix, then the utterance
  private quiet = 0;
  private started: number | undefined; // frame in which the speech began

  constructor(
    options: SegmenterOptions,
    private readonly handlers: SegmenterHandlers,
  ) {
    this.frame = Math.max(1, Math.round((options.rate * kFrameMs) / 1000));
    this.silence = Math.max(1, Math.round((options.silence_ms ?? 500) / kFrameMs));
    this.minSpeech = Math.max(1, Math.round((options.min_speech_ms ?? 100) / kFrameMs));
    this.prefix = Math.round((options.prefix_ms ?? 300) / kFrameMs) + this.minSpeech;
    this.partial = Math.max(1, Math.round((options.partial_ms ?? 500) / kFrameMs));
  }

  get speaking(): boolean {
    return this.started !== undefined;
  }

  get position_ms(): number {
    return this.frames * kFrameMs;
  }

  push(samples: Int16Array): void {
    let all = this.rest.length > 0 ? joinSamples([this.rest, samples]) : samples;
    while (all.length >= this.frame) {
      this.one(all.slice(0, this.frame));
      all = all.subarray(this.frame);
    }
    this.rest = all.slice();
  }

  flush(): boolean {
    if (this.started === undefined) return false;
    this.finish();
    return true;
  }

  private one(frame: Int16Array): void {
    let energy = 0;
    for (const sample of frame) energy += sample * sample;
    const rms = Math.sqrt(energy / frame.length);
    const voiced = rms > Math.max(kQuietest, 3.5 * this.floor);
    // The floor falls at once and rises slowly, and hardly at all while somebody speaks.
    this.floor = rms < this.floor ? rms : this.floor + (rms - this.floor) * (voiced ? 0.0005 : 0.02);
    this.frames++;
    this.kept.push(frame);
    if (this.started === undefined) {
      this.recent.push(voiced);
      if (this.recent.length > 2 * this.minSpeech) this.recent.shift();
      if (this.kept.length > this.prefix) this.kept.shift();
      if (voiced && this.recent.filter(Boolean).length >= this.minSpeech) {
        this.started = Math.max(0, this.frames - this.recent.length);
        this.quiet = 0;
        this.handlers.onStart?.(this.started * kFrameMs);
      }
      return;
    }
    this.quiet = voiced ? 0 : this.quiet + 1;
    const spoken = this.frames - this.started;
    if (this.quiet >= this.silence || spoken * kFrameMs >= kMaxUtteranceMs) {
      this.finish();
    } else if (spoken % this.partial === 0) {
      this.handlers.onPartial?.(joinSamples(this.kept), this.started * kFrameMs, this.frames * kFrameMs);
    }
  }

  private finish(): void {
    const from = this.started! * kFrameMs;
    const to = (this.frames - this.quiet) * kFrameMs;
    const samples = joinSamples(this.kept);
    this.started = undefined;
    this.recent = [];
    this.kept = [];
    this.quiet = 0;
    this.handlers.onEnd?.(samples, from, to);
  }
}

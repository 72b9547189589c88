// What runs on the browser's audio thread: the microphone's samples become frames for the server, the server's become
// sound. Loaded by its address (see call_audio.ts); it shares no memory with the page.
import { Framer } from "./framer";
import { JitterBuffer } from "./jitter_buffer";
import { pcmOf, rms, samplesOf } from "./pcm";
import { Resampler } from "./resampler";
import type { FromCapture, FromPlayback, ToPlayback, WorkletOptions } from "./worklet_messages";

declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: WorkletOptions }) => AudioWorkletProcessor,
): void;

const frameMs = 20;
const levelMs = 50;

class Capture extends AudioWorkletProcessor {
  private readonly resampler: Resampler;
  private readonly framer: Framer;

  constructor({ processorOptions }: { processorOptions: WorkletOptions }) {
    super();
    this.resampler = new Resampler(sampleRate, processorOptions.lineRate);
    this.framer = new Framer((processorOptions.lineRate * frameMs) / 1000);
  }

  process([input]: Float32Array[][], [output]: Float32Array[][]): boolean {
    // A microphone that gives nothing is silence: the line's clock goes on.
    const samples = input?.[0] ?? new Float32Array(output?.[0]?.length ?? 128);
    this.framer.push(this.resampler.process(samples), (frame) => {
      const pcm = pcmOf(frame);
      const message: FromCapture = { pcm, level: rms(frame) };
      this.port.postMessage(message, [pcm]);
    });
    return true;
  }
}

class Playback extends AudioWorkletProcessor {
  private readonly resampler: Resampler;
  private readonly buffer = new JitterBuffer({ sampleRate });
  private readonly meter = new Framer(Math.round((sampleRate * levelMs) / 1000));

  constructor({ processorOptions }: { processorOptions: WorkletOptions }) {
    super();
    this.resampler = new Resampler(processorOptions.lineRate, sampleRate);
    this.port.onmessage = ({ data }: MessageEvent<ToPlayback>) => this.onMessage(data);
  }

  private tell(message: FromPlayback) {
    this.port.postMessage(message);
  }

  private onMessage(message: ToPlayback) {
    switch (message.kind) {
      case "pcm":
        return this.buffer.push(this.resampler.process(samplesOf(message.pcm)));
      case "mark":
        return this.buffer.mark(message.name);
      case "latency":
        return this.buffer.setLatency(message.seconds);
      case "clear": {
        this.resampler.reset();
        const marks = this.buffer.clear();
        if (marks.length > 0) this.tell({ kind: "marks", marks });
      }
    }
  }

  process(_inputs: Float32Array[][], [output]: Float32Array[][]): boolean {
    const out = output?.[0];
    if (!out) return true;
    const marks = this.buffer.read(out);
    if (marks.length > 0) this.tell({ kind: "marks", marks });
    for (const channel of output!.slice(1)) channel.set(out);
    this.meter.push(out, (frame) => this.tell({ kind: "level", level: rms(frame), underruns: this.buffer.underruns }));
    return true;
  }
}

registerProcessor("call-capture", Capture);
registerProcessor("call-playback", Playback);

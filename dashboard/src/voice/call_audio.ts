// The sound of one call: microphone and loudspeaker through the audio thread. Open it within a click: browsers let no
// page begin to sound by itself.
import workletAddress from "./call_worklet?worker&url";
import { lineRate } from "./line_protocol";
import { AudioUnavailable, openMicrophone } from "./microphone";
import type { FromCapture, FromPlayback, ToPlayback, WorkletOptions } from "./worklet_messages";

export interface AudioHandlers {
  onFrame: (pcm: ArrayBuffer, level: number) => void;
  // What stood before these marks has been heard, or dropped.
  onMarks: (names: string[]) => void;
  onAgentLevel: (level: number, underruns: number) => void;
  onMicrophoneLost: () => void;
  onBlocked: (blocked: boolean) => void;
}

export interface CallAudio {
  play(pcm: ArrayBuffer): void;
  mark(name: string): void;
  clear(): void;
  setMuted(muted: boolean): void;
  // After a click, when the browser held the sound back.
  resume(): void;
  close(): void;
}

const fadeOutMs = 200;

class BrowserAudio implements CallAudio {
  private stream: MediaStream | null = null;
  private source: MediaStreamAudioSourceNode | null = null;
  private capture: AudioWorkletNode | null = null;
  private playback: AudioWorkletNode | null = null;
  private muted = false;
  private closed = false;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly context: AudioContext,
    private readonly handlers: AudioHandlers,
  ) {}

  async open(): Promise<void> {
    const module = this.context.audioWorklet.addModule(workletAddress);
    module.catch(() => {}); // told below, after the microphone's own trouble
    const stream = await openMicrophone();
    if (this.closed) return stream.getTracks().forEach((track) => track.stop());
    this.listenTo(stream);
    try {
      await module;
    } catch (error) {
      throw new AudioUnavailable("worklet", error instanceof Error ? error.message : "");
    }
    if (this.closed) return;
    this.connect();
    this.context.addEventListener("statechange", this.onContextState);
    await Promise.race([this.context.resume(), new Promise((done) => setTimeout(done, 500))]);
    this.onContextState();
  }

  private connect() {
    const processorOptions: WorkletOptions = { lineRate };
    const { context, handlers } = this;
    const options = { numberOfInputs: 1, numberOfOutputs: 1, outputChannelCount: [1], processorOptions };
    // Its output stays silent; without one some browsers do not run it.
    this.capture = new AudioWorkletNode(context, "call-capture", { ...options, channelCount: 1, channelCountMode: "explicit" });
    this.capture.port.onmessage = ({ data }: MessageEvent<FromCapture>) => handlers.onFrame(data.pcm, data.level);
    this.capture.connect(context.destination);
    this.source?.connect(this.capture);
    this.playback = new AudioWorkletNode(context, "call-playback", { ...options, numberOfInputs: 0 });
    this.playback.port.onmessage = ({ data }: MessageEvent<FromPlayback>) =>
      data.kind === "marks" ? handlers.onMarks(data.marks) : handlers.onAgentLevel(data.level, data.underruns);
    this.playback.connect(context.destination);
    // Headphones may be changed within a call.
    const tellLatency = () =>
      this.tell({ kind: "latency", seconds: context.outputLatency || context.baseLatency || 0 });
    tellLatency();
    this.timer = setInterval(tellLatency, 2000);
  }

  private listenTo(stream: MediaStream) {
    this.source?.disconnect();
    this.stream = stream;
    this.source = this.context.createMediaStreamSource(stream);
    if (this.capture) this.source.connect(this.capture);
    const track = stream.getAudioTracks()[0];
    if (!track) return;
    track.enabled = !this.muted;
    track.addEventListener("ended", () => void this.onTrackEnded(), { once: true });
  }

  // A headset that is pulled out: whatever microphone there is now takes its place.
  private async onTrackEnded() {
    if (this.closed) return;
    try {
      const stream = await openMicrophone();
      if (this.closed) return stream.getTracks().forEach((track) => track.stop());
      this.listenTo(stream);
    } catch {
      if (!this.closed) this.handlers.onMicrophoneLost();
    }
  }

  private readonly onContextState = () => {
    if (!this.closed) this.handlers.onBlocked(this.context.state !== "running");
  };

  private tell(message: ToPlayback, transfer: Transferable[] = []) {
    this.playback?.port.postMessage(message, transfer);
  }

  play(pcm: ArrayBuffer) {
    this.tell({ kind: "pcm", pcm }, [pcm]);
  }

  mark(name: string) {
    this.tell({ kind: "mark", name });
  }

  clear() {
    this.tell({ kind: "clear" });
  }

  setMuted(muted: boolean) {
    this.muted = muted;
    this.stream?.getAudioTracks().forEach((track) => (track.enabled = !muted));
  }

  resume() {
    void this.context.resume();
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.timer);
    this.context.removeEventListener("statechange", this.onContextState);
    this.stream?.getTracks().forEach((track) => track.stop());
    if (this.capture) this.capture.port.onmessage = null;
    if (this.playback) this.playback.port.onmessage = null;
    // What is in the middle of a word is faded before the sound is gone.
    this.clear();
    setTimeout(() => void this.context.close().catch(() => {}), fadeOutMs);
  }
}

// Throws AudioUnavailable; what was opened by then is closed. `given` is told the audio at once, so that a call that
// is given up meanwhile can close it.
export async function openCallAudio(handlers: AudioHandlers, given: (audio: CallAudio) => void): Promise<void> {
  if (!window.isSecureContext) throw new AudioUnavailable("insecure");
  if (typeof AudioContext === "undefined" || typeof AudioWorkletNode === "undefined") throw new AudioUnavailable("unsupported");
  const audio = new BrowserAudio(new AudioContext({ latencyHint: "interactive" }), handlers);
  given(audio);
  try {
    await audio.open();
  } catch (error) {
    audio.close();
    throw error;
  }
}

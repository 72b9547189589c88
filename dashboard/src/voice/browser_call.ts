// One call from the browser, from the click to its end: microphone, connection, sound in both directions, and a
// connection that comes back by itself under the same session id. What it touches is given, so that it can be tried
// without a browser.
import { Problem, messageOf as messageOfError } from "@/api/problem";
import { BackOff } from "./back_off";
import type { AudioHandlers, CallAudio } from "./call_audio";
import { callAfter, isOver, noCall, type BrowserCallState, type CallEnding, type CallHappening, type RefusalReason } from "./call_state";
import { CallSocket } from "./call_socket";
import { newSessionId, type FromServer } from "./line_protocol";
import { AudioUnavailable } from "./microphone";
import { OutstandingMarks } from "./outstanding_marks";

export interface CallRequest {
  agent: string;
  draft?: boolean;
  variables?: Record<string, string>;
}

export interface CallParts {
  // The path of a socket that is good once. Throws a Problem.
  openCall: (request: CallRequest & { sessionId: string }) => Promise<{ socketPath: string }>;
  createSocket: (path: string) => WebSocket;
  openAudio: (handlers: AudioHandlers, given: (audio: CallAudio) => void) => Promise<void>;
}

export interface Levels {
  caller: number;
  agent: number;
}

const firstTryAgainMs = 500;
const mostTryAgainMs = 8000;
const giveUpAfterMs = 60_000;
// The last words are still on their way to the ear when the server has ended the call.
const lastWordsMs = 700;

export class BrowserCall {
  state: BrowserCallState = noCall;
  // Told many times a second: read it, do not wait for it.
  readonly levels: Levels = { caller: 0, agent: 0 };
  underruns = 0;

  private request: CallRequest = { agent: "" };
  private audio: CallAudio | null = null;
  private socket: CallSocket | null = null;
  private readonly marks = new OutstandingMarks();
  private readonly backOff = new BackOff(firstTryAgainMs, mostTryAgainMs, giveUpAfterMs);
  private retry: ReturnType<typeof setTimeout> | undefined;
  // What an earlier attempt still has under way is not this one's.
  private attempt = 0;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly parts: CallParts) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = (): BrowserCallState => this.state;

  // Within a click.
  async start(request: CallRequest): Promise<void> {
    if (!isOver(this.state.phase)) return;
    this.request = request;
    this.backOff.reset();
    this.underruns = 0;
    this.happened({ kind: "start", sessionId: newSessionId() });
    const attempt = ++this.attempt;
    window.addEventListener("offline", this.onOffline);
    window.addEventListener("online", this.onOnline);
    try {
      await this.parts.openAudio(this.handlers(), (audio) => (this.audio = audio));
    } catch (error) {
      if (attempt !== this.attempt) return;
      const unavailable = error instanceof AudioUnavailable ? error : new AudioUnavailable("worklet", messageOfError(error));
      return this.refuse(unavailable.why, unavailable.message);
    }
    if (attempt !== this.attempt) return;
    this.happened({ kind: "microphone" });
    await this.connect();
  }

  hangUp() {
    if (isOver(this.state.phase)) return;
    const socket = this.socket;
    this.socket = null;
    socket?.stop();
    this.end({ by: "you", detail: "" }, 0);
  }

  setMuted(muted: boolean) {
    this.audio?.setMuted(muted);
    this.happened({ kind: "muted", muted });
  }

  press(digit: string) {
    if (this.state.phase !== "talking") return;
    this.socket?.tell({ type: "key", digit });
    this.happened({ kind: "key", digit });
  }

  resumeSound() {
    this.audio?.resume();
  }

  private happened(happening: CallHappening) {
    const before = this.state;
    this.state = callAfter(before, happening);
    if (this.state !== before) for (const listener of [...this.listeners]) listener();
  }

  private handlers(): AudioHandlers {
    return {
      onFrame: (pcm, level) => {
        this.levels.caller = level;
        if (this.state.phase !== "talking" || !this.socket) return;
        // Only now: a page whose microphone gives nothing would come back for ever.
        this.backOff.reset();
        this.socket.sendSound(pcm);
      },
      onMarks: (names) => {
        for (const name of names) if (this.marks.reached(name)) this.socket?.tell({ type: "mark", name });
      },
      onAgentLevel: (level, underruns) => {
        this.levels.agent = level;
        this.underruns = underruns;
      },
      onMicrophoneLost: () => {
        const socket = this.socket;
        this.socket = null;
        socket?.stop();
        this.end({ by: "microphone", detail: "" }, 0);
      },
      onBlocked: (blocked) => this.happened({ kind: "blocked", blocked }),
    };
  }

  private async connect(): Promise<void> {
    const attempt = ++this.attempt;
    let path: string;
    try {
      path = (await this.parts.openCall({ ...this.request, sessionId: this.state.sessionId })).socketPath;
    } catch (error) {
      if (attempt !== this.attempt || isOver(this.state.phase)) return;
      // What is in the way of the first connection is told; what is in the way of a later one may pass.
      const passes = error instanceof Problem && (error.unreachable || error.status >= 500 || [409, 429].includes(error.status));
      if (this.state.phase === "reconnecting" && passes) return this.tryAgain();
      return this.refuse("server", messageOfError(error));
    }
    if (attempt !== this.attempt || isOver(this.state.phase)) return;
    const socket: CallSocket = new CallSocket(this.parts.createSocket(path), {
      onMessage: (message) => this.socket === socket && this.onMessage(message),
      onSound: (pcm) => this.socket === socket && this.audio?.play(pcm),
      onLost: () => this.socket === socket && this.onLost(),
      onRefused: (detail) => this.socket === socket && this.refuse("protocol", detail),
    });
    this.socket = socket;
  }

  private onMessage(message: FromServer) {
    switch (message.type) {
      case "started":
        this.happened({ kind: "started", callId: message.callId, agent: message.agent, at: Date.now() });
        return;
      case "mark":
        this.marks.came(message.name);
        this.audio?.mark(message.name);
        return;
      case "clear":
        this.audio?.clear();
        return;
      case "ended":
        this.socket = null;
        this.end({ by: "agent", detail: message.reason }, lastWordsMs);
    }
  }

  private onLost() {
    this.socket = null;
    this.marks.forget();
    this.audio?.clear();
    this.happened({ kind: "lost" });
    this.tryAgain();
  }

  private tryAgain() {
    const wait = this.backOff.next(Date.now());
    if (wait === null) return this.end({ by: "lost", detail: "" }, 0);
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.connect(), wait);
  }

  // A network that is gone is not told to a socket for minutes.
  private readonly onOffline = () => {
    const socket = this.socket;
    if (!socket) return;
    this.onLost();
    socket.abandon();
  };

  private readonly onOnline = () => {
    if (this.state.phase !== "reconnecting" || this.socket) return;
    clearTimeout(this.retry);
    void this.connect();
  };

  private refuse(why: RefusalReason, detail: string) {
    this.happened({ kind: "refused", refusal: { why, detail } });
    this.release(0);
  }

  private end(ending: CallEnding, after: number) {
    this.happened({ kind: "ended", ending });
    this.release(after);
  }

  private release(after: number) {
    ++this.attempt;
    clearTimeout(this.retry);
    window.removeEventListener("offline", this.onOffline);
    window.removeEventListener("online", this.onOnline);
    const { audio, socket } = this;
    this.audio = null;
    this.socket = null;
    socket?.abandon();
    this.marks.forget();
    this.levels.caller = this.levels.agent = 0;
    if (after > 0) setTimeout(() => audio?.close(), after);
    else audio?.close();
  }
}

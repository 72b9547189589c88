// The socket of one connection of a call: its beginning, its end, and whether it is still alive.
import { lineRate, messageOf, type FromServer, type ToServer } from "./line_protocol";

export interface SocketHandlers {
  onMessage: (message: FromServer) => void;
  onSound: (pcm: ArrayBuffer) => void;
  // The connection is gone, and another may be tried.
  onLost: () => void;
  // The server wants no more of it.
  onRefused: (detail: string) => void;
}

const beginWithinMs = 10_000;
const farewellMs = 2000;
// Two seconds of speech that did not leave: what comes now would be heard too late.
const mostUnsent = 64_000;
const mostDropped = 250;

// 1002, 1003, 1007, 1008, 1009: what we said is the trouble, saying it again would not help.
const isRefusal = (code: number) => [1002, 1003, 1007, 1008, 1009].includes(code);

export class CallSocket {
  private over = false;
  private dropped = 0;
  private readonly deadline: ReturnType<typeof setTimeout>;

  constructor(
    private readonly socket: WebSocket,
    private readonly handlers: SocketHandlers,
  ) {
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.tell({ type: "start", sampleRate: lineRate });
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.onData(data);
    socket.onclose = ({ code, reason }) => this.onClose(code, reason);
    this.deadline = setTimeout(() => this.lose(), beginWithinMs);
  }

  private onData(data: string | ArrayBuffer) {
    if (this.over) return;
    if (typeof data !== "string") return this.handlers.onSound(data);
    const message = messageOf(data);
    if (!message) return;
    if (message.type === "started") clearTimeout(this.deadline);
    if (message.type === "ended") this.abandon();
    this.handlers.onMessage(message);
  }

  private onClose(code: number, reason: string) {
    if (this.over) return;
    this.finish();
    if (isRefusal(code)) return this.handlers.onRefused(reason || `WebSocket ${code}`);
    // An end without a word of why.
    if (code === 1000) return this.handlers.onMessage({ type: "ended", reason });
    this.handlers.onLost();
  }

  private lose() {
    if (this.over) return;
    this.abandon();
    this.handlers.onLost();
  }

  private finish() {
    this.over = true;
    clearTimeout(this.deadline);
  }

  tell(message: ToServer) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  sendSound(pcm: ArrayBuffer) {
    if (this.over || this.socket.readyState !== WebSocket.OPEN) return;
    if (this.socket.bufferedAmount <= mostUnsent) {
      this.dropped = 0;
      return this.socket.send(pcm);
    }
    if (++this.dropped >= mostDropped) this.lose();
  }

  // Hangs up; nothing of this connection is told any more.
  stop() {
    this.tell({ type: "stop" });
    this.finish();
    setTimeout(() => this.socket.close(1000), farewellMs);
  }

  abandon() {
    this.finish();
    this.socket.close(1000);
  }
}

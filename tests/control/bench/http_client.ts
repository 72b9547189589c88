// One kept connection that has one request under way. Node's own client costs more than the server it would measure.
import net from "node:net";

export class HttpClient {
  private buffered: Buffer[] = [];
  private length = 0;
  private wanted = -1; // head and body of the answer that comes; -1: the head is not all there
  private status = 0;
  private bodyAt = 0;
  private answer: ((answer: { status: number; body: Buffer }) => void) | undefined;
  private broken: ((error: Error) => void) | undefined;

  private constructor(
    private readonly socket: net.Socket,
    private readonly host: string,
  ) {
    socket.setNoDelay(true);
    socket.on("data", (piece: Buffer) => this.take(piece));
    socket.on("error", (error) => this.broken?.(error));
    socket.on("close", () => this.broken?.(new Error("the server closed the connection")));
  }

  static connect(port: number): Promise<HttpClient> {
    return new Promise((resolve, reject) => {
      const socket = net.connect(port, "127.0.0.1");
      socket.once("error", reject);
      socket.once("connect", () => resolve(new HttpClient(socket, `127.0.0.1:${port}`)));
    });
  }

  request(method: string, path: string, body?: string, type = "application/json"): Promise<{ status: number; body: Buffer }> {
    return new Promise((resolve, reject) => {
      this.answer = resolve;
      this.broken = reject;
      const about = body === undefined ? "" : `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
      this.socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${this.host}\r\n${about}\r\n${body ?? ""}`);
    });
  }

  close(): void {
    this.broken = undefined;
    this.socket.destroy();
  }

  private take(piece: Buffer): void {
    this.buffered.push(piece);
    this.length += piece.length;
    if (this.wanted < 0) {
      const all = this.joined();
      const end = all.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = all.toString("latin1", 0, end);
      this.status = Number(head.slice(9, 12));
      this.bodyAt = end + 4;
      this.wanted = this.bodyAt + Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    }
    if (this.length < this.wanted) return;
    const body = this.joined().subarray(this.bodyAt, this.wanted);
    this.buffered = [];
    this.length = 0;
    this.wanted = -1;
    this.broken = undefined;
    this.answer!({ status: this.status, body });
  }

  private joined(): Buffer {
    if (this.buffered.length > 1) this.buffered = [Buffer.concat(this.buffered)];
    return this.buffered[0]!;
  }
}

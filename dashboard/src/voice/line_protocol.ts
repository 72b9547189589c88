// What goes over a browser call's socket besides sound.

export const lineRate = 16000;

export type FromServer =
  | { type: "started"; sessionId: string; callId: string; agent: string; sampleRate: number }
  | { type: "mark"; name: string }
  | { type: "clear" }
  | { type: "ended"; reason: string };

export type ToServer =
  | { type: "start"; sampleRate: number }
  | { type: "mark"; name: string }
  | { type: "key"; digit: string }
  | { type: "stop" };

// null: not of this protocol.
export function messageOf(text: string): FromServer | null {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof told !== "object" || told === null) return null;
  const message = told as Record<string, unknown>;
  const word = (name: string) => (typeof message[name] === "string" ? message[name] : "");
  switch (message.type) {
    case "started":
      return {
        type: "started",
        sessionId: word("sessionId"),
        callId: word("callId"),
        agent: word("agent"),
        sampleRate: typeof message.sampleRate === "number" ? message.sampleRate : lineRate,
      };
    case "mark":
      return { type: "mark", name: word("name") };
    case "clear":
      return { type: "clear" };
    case "ended":
      return { type: "ended", reason: word("reason") };
    default:
      return null;
  }
}

export const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;

// The same id for the whole call, however often its connection breaks: made once, by whoever calls.
export function newSessionId(): string {
  const random = crypto.getRandomValues(new Uint32Array(2));
  return `session_${Date.now()}_${random[0]!.toString(36)}${random[1]!.toString(36)}`;
}

// Where a call from the browser stands: pure, one thing that happened after the other.

export type Phase = "idle" | "microphone" | "connecting" | "talking" | "reconnecting" | "ended" | "refused";

export type RefusalReason =
  | "insecure" // the page's address gives no microphone
  | "unsupported"
  | "denied"
  | "absent"
  | "busy"
  | "worklet"
  | "server"
  | "protocol";

export interface Refusal {
  why: RefusalReason;
  detail: string;
}

export interface CallEnding {
  by: "you" | "agent" | "lost" | "microphone";
  detail: string;
}

export interface BrowserCallState {
  phase: Phase;
  sessionId: string;
  // The newest; each connection is a call of its own in the call log.
  callId: string;
  agent: string;
  // When talking began, by the page's clock.
  since: number | null;
  ending: CallEnding | null;
  refusal: Refusal | null;
  muted: boolean;
  // The browser holds sound back until the page is clicked.
  blocked: boolean;
  keys: string;
}

export type CallHappening =
  | { kind: "start"; sessionId: string }
  | { kind: "microphone" } // is there
  | { kind: "started"; callId: string; agent: string; at: number }
  | { kind: "lost" }
  | { kind: "ended"; ending: CallEnding }
  | { kind: "refused"; refusal: Refusal }
  | { kind: "muted"; muted: boolean }
  | { kind: "blocked"; blocked: boolean }
  | { kind: "key"; digit: string };

export const noCall: BrowserCallState = {
  phase: "idle", sessionId: "", callId: "", agent: "", since: null, ending: null, refusal: null,
  muted: false, blocked: false, keys: "",
};

export const isOver = (phase: Phase) => phase === "idle" || phase === "ended" || phase === "refused";

export function callAfter(state: BrowserCallState, happening: CallHappening): BrowserCallState {
  if (happening.kind === "start") {
    return isOver(state.phase) ? { ...noCall, phase: "microphone", sessionId: happening.sessionId } : state;
  }
  // What comes late from a call that is over changes nothing.
  if (isOver(state.phase)) return state;
  switch (happening.kind) {
    case "microphone":
      return state.phase === "microphone" ? { ...state, phase: "connecting" } : state;
    case "started":
      return { ...state, phase: "talking", callId: happening.callId, agent: happening.agent, since: state.since ?? happening.at };
    case "lost":
      return { ...state, phase: state.since === null ? "connecting" : "reconnecting" };
    case "ended":
      return { ...state, phase: "ended", ending: happening.ending, blocked: false };
    case "refused":
      return { ...state, phase: "refused", refusal: happening.refusal, blocked: false };
    case "muted":
      return { ...state, muted: happening.muted };
    case "blocked":
      return { ...state, blocked: happening.blocked };
    case "key":
      return { ...state, keys: (state.keys + happening.digit).slice(-32) };
  }
}

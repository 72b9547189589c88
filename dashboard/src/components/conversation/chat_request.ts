// One message to an agent, and its answer as it is made.
import { csrfHeaders } from "@/api/client";
import { heardFromServer, lostServer } from "@/api/connection";
import { Problem, problemOf, unreachable } from "@/api/problem";
import { eventsOf } from "@/api/sse";

export interface ChatRequest {
  message: string;
  sessionId?: string;
  agent?: string;
  draft?: boolean;
}

export interface ChatAction {
  kind: "stage" | "slot" | "tool" | "escalation" | "end";
  stage?: string;
  name?: string;
  value?: string;
  failed?: boolean;
  tookMs?: number;
  reason?: string;
}

export type ChatEvent =
  | { kind: "session"; sessionId: string }
  | { kind: "firstMessage"; text: string }
  | { kind: "delta"; text: string }
  | { kind: "action"; action: ChatAction }
  | { kind: "done"; sessionId: string; agent: string; reply: string; firstMessage: string; ended: boolean };

function eventOf(name: string, data: string): ChatEvent | null {
  const told = JSON.parse(data) as Record<string, unknown>;
  switch (name) {
    case "session":
      return { kind: "session", sessionId: String(told.sessionId) };
    case "firstMessage":
    case "delta":
      return { kind: name, text: String(told.text) };
    case "action":
      return { kind: "action", action: told as unknown as ChatAction };
    case "done":
      return {
        kind: "done",
        sessionId: String(told.sessionId),
        agent: String(told.agent),
        reply: String(told.reply),
        firstMessage: String(told.firstMessage),
        ended: told.ended === true,
      };
    case "problem":
      throw problemOf(Number(told.status) || 500, told);
    default:
      return null;
  }
}

async function send(request: ChatRequest, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch("/api/v1/chat", {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", Accept: "text/event-stream", ...csrfHeaders() },
      body: JSON.stringify({ ...request, stream: true }),
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    lostServer();
    throw unreachable();
  }
}

// Calls `take` with each event; comes back after the last one. Throws a Problem, or an AbortError.
export async function chat(request: ChatRequest, take: (event: ChatEvent) => void, signal: AbortSignal): Promise<void> {
  const response = await send(request, signal);
  if (response.status === 502 || response.status === 504) lostServer();
  else heardFromServer();
  if (!response.ok || !response.body) throw problemOf(response.status, await response.json().catch(() => null));
  let done = false;
  try {
    for await (const { event, data } of eventsOf(response.body)) {
      const told = eventOf(event, data);
      if (!told) continue;
      done ||= told.kind === "done";
      take(told);
    }
  } catch (error) {
    if (error instanceof Problem || signal.aborted) throw error;
    throw unreachable();
  }
  if (!done) throw unreachable();
}

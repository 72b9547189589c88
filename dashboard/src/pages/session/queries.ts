import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "@/api/client";
import type { TranscriptItem } from "@/components/conversation";

export type Session = Schemas["Session"];
export type SessionCall = Session["calls"][number];
export type SpokenLine = Schemas["Transcript"]["lines"][number];

export const sessionQuery = (sessionId: string) =>
  queryOptions({
    queryKey: ["sessions", "one", sessionId],
    queryFn: () => api.GET("/api/v1/sessions/{sessionId}", { params: { path: { sessionId } } }).then(body),
  });

// Asked for anew with each turn and at the end.
export const transcriptQuery = ({ id: callId, turnsCount, status }: SessionCall) =>
  queryOptions({
    queryKey: ["calls", "transcript", callId, turnsCount, status],
    queryFn: () => api.GET("/api/v1/calls/{callId}/transcript", { params: { path: { callId } } }).then(body),
  });

export const linesOf = (spoken: readonly SpokenLine[]): TranscriptItem[] =>
  spoken.map((line, index) => ({
    kind: "line",
    key: String(index),
    speaker: line.speaker === "agent" ? "agent" : "caller",
    text: line.text,
    turn: line.turn,
    atMs: line.atMs,
    interrupted: line.interrupted || undefined,
    notHeard: line.notHeard || undefined,
  }));

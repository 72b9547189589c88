import { queryOptions } from "@tanstack/react-query";
import { api, body, type Schemas } from "@/api/client";
import type { TranscriptItem } from "@/components/conversation";

export type Session = Schemas["Session"];
export type SpokenLine = Schemas["Transcript"]["lines"][number];

export const sessionQuery = (sessionId: string) =>
  queryOptions({
    queryKey: ["sessions", "one", sessionId],
    queryFn: () => api.GET("/api/v1/sessions/{sessionId}", { params: { path: { sessionId } } }).then(body),
  });

export const transcriptQuery = (callId: string) =>
  queryOptions({
    queryKey: ["calls", "transcript", callId],
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

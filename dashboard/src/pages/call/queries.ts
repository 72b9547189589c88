import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export { callQuery } from "@/components/calls/queries";

// `over`: of a call whose end is in the log. What was read before lacks the last words.
export const transcriptQuery = (callId: string, over: boolean) =>
  queryOptions({
    queryKey: ["call", callId, "transcript", over ? "whole" : "so far"],
    queryFn: () => api.GET("/api/v1/calls/{callId}/transcript", { params: { path: { callId } } }).then(body),
  });

export const sessionQuery = (sessionId: string) =>
  queryOptions({
    queryKey: ["session", sessionId, "of-call"],
    queryFn: () => api.GET("/api/v1/sessions/{sessionId}", { params: { path: { sessionId } } }).then(body),
  });

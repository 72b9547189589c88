import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";

export { callQuery } from "@/components/calls/queries";

export const transcriptQuery = (callId: string) =>
  queryOptions({
    queryKey: ["call", callId, "transcript"],
    queryFn: () => api.GET("/api/v1/calls/{callId}/transcript", { params: { path: { callId } } }).then(body),
  });

export const sessionQuery = (sessionId: string) =>
  queryOptions({
    queryKey: ["session", sessionId, "of-call"],
    queryFn: () => api.GET("/api/v1/sessions/{sessionId}", { params: { path: { sessionId } } }).then(body),
  });

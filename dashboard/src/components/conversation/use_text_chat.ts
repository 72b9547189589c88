import { useCallback, useEffect, useReducer, useRef } from "react";
import { api, body } from "@/api/client";
import { Problem } from "@/api/problem";
import { queryClient } from "@/api/query_client";
import { chat } from "./chat_request";
import { chatAfter, chatOf, emptyChat, type ChatState } from "./chat_state";

export interface TextChatControls {
  state: ChatState;
  send: (message: string) => void;
  retry: () => void;
  stop: () => void;
  startAnew: () => void;
}

// `sessionId`: of a conversation that is taken up again.
export function useTextChat(of: { agent: string; draft?: boolean; sessionId?: string }): TextChatControls {
  const [state, tell] = useReducer(chatAfter, emptyChat);
  const running = useRef<AbortController | null>(null);
  const latest = useRef({ ...of, state });
  useEffect(() => {
    latest.current = { ...of, state };
  });
  useEffect(() => () => running.current?.abort(), []);

  const send = useCallback(async (message: string) => {
    const { agent, draft, state: now } = latest.current;
    running.current?.abort();
    const abort = (running.current = new AbortController());
    tell({ kind: "send", message, at: Date.now() });
    try {
      const session = now.sessionId ? { sessionId: now.sessionId } : { agent, ...(draft ? { draft } : {}) };
      await chat({ message, ...session }, (event) => !abort.signal.aborted && tell({ kind: "event", event, at: Date.now() }), abort.signal);
      void queryClient.invalidateQueries({ queryKey: ["sessions"] });
    } catch (error) {
      if (!abort.signal.aborted) tell({ kind: "failed", error });
    }
  }, []);

  const load = useCallback(async (sessionId: string): Promise<ChatState | null> => {
    try {
      const session = await api.GET("/api/v1/sessions/{sessionId}", { params: { path: { sessionId } } }).then(body);
      tell({ kind: "loaded", session });
      return chatOf(session);
    } catch (error) {
      tell({ kind: "failed", error });
      return null;
    }
  }, []);

  // What was sent may have come through although its answer did not: it is sent again only when it did not.
  const retry = useCallback(async () => {
    const { message, sessionId, error } = latest.current.state;
    const unheard = error instanceof Problem && error.unreachable;
    const known = sessionId || latest.current.sessionId;
    if (!message) return known ? void load(known) : undefined;
    if (!sessionId) return void send(message);
    const there = await load(sessionId);
    if (!there) return;
    const last = there.items.filter((item) => item.kind === "line").slice(-2);
    const through = unheard && last[0]?.text === message && last[1]?.speaker === "agent";
    latest.current = { ...latest.current, state: there };
    if (!through && !there.ended) void send(message);
  }, [load, send]);

  const startAnew = useCallback(() => {
    running.current?.abort();
    tell({ kind: "new" });
  }, []);

  const wanted = of.sessionId;
  const before = useRef(wanted);
  useEffect(() => {
    if (wanted && wanted !== latest.current.state.sessionId) void load(wanted);
    if (!wanted && before.current) startAnew();
    before.current = wanted;
  }, [wanted, load, startAnew]);

  return {
    state,
    send: (message) => void send(message),
    retry: () => void retry(),
    stop: () => {
      running.current?.abort();
      tell({ kind: "stopped" });
    },
    startAnew,
  };
}

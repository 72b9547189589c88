import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { api, body } from "@/api/client";
import { onReturn } from "@/api/connection";
import { useEvents, type LiveEventType } from "@/api/events";
import { queryClient } from "@/api/query_client";
import type { CallQuery } from "./filters";
import { CallList, type ListState, type PageQuery } from "./call_list";

// By way of the query client, which tells of a login that has run out and asks again what was not heard; the pages
// themselves are kept by the list.
function fetchPage(query: PageQuery) {
  return queryClient.fetchQuery({
    queryKey: ["calls", "page", query],
    queryFn: () => api.GET("/api/v1/calls", { params: { query } }).then(body),
    staleTime: 0,
    gcTime: 0,
  });
}

// The list that was open last.
let latest: { key: string; list: CallList } | null = null;

// `key` is that of the filters: a preset's times are reckoned when its list is opened, not at each rendering.
function listOf(key: string, query: () => CallQuery): CallList {
  if (latest?.key !== key) latest = { key, list: new CallList(query(), fetchPage) };
  return latest.list;
}

const types: LiveEventType[] = ["call.queued", "call.ringing", "call.started", "call.status", "call.ended", "recording.ready"];
// Many calls at once are asked for once.
const gatherMs = 400;

export function useCallList(key: string, query: () => CallQuery): { list: CallList; state: ListState } {
  // The key stands for the query.
  const list = useMemo(() => listOf(key, query), [key]);
  const state = useSyncExternalStore(list.subscribe, list.snapshot);

  const changed = useRef(new Set<string>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEvents({ types }, (event) => {
    changed.current.add(event.callId);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const ids = changed.current;
      changed.current = new Set();
      void list.lookForNew();
      void list.changed(ids);
    }, gatherMs);
  });
  useEffect(() => {
    const stop = onReturn(() => list.again());
    // One that was left open: what happened meanwhile.
    if (list.snapshot().window.anchor !== null || list.snapshot().error) list.again();
    return () => {
      stop();
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [list]);
  return { list, state };
}

// A conversation while it goes on, by its session or by one of its calls.
import { useEffect, useReducer } from "react";
import { useEvents, type LiveEvent } from "@/api/events";
import { conversationAfter, emptyConversation, type LiveConversation } from "./live_conversation";

function reduce(state: LiveConversation, change: LiveEvent | "clear"): LiveConversation {
  return change === "clear" ? emptyConversation : conversationAfter(state, change);
}

// What has happened since the component is there, or since the ids changed; without an id nothing is watched.
export function useLiveConversation({ sessionId, callId }: { sessionId?: string; callId?: string }): LiveConversation {
  const [state, tell] = useReducer(reduce, emptyConversation);
  useEffect(() => tell("clear"), [sessionId, callId]);
  useEvents(sessionId ? { sessionId } : { callId }, tell, Boolean(sessionId || callId));
  return state;
}

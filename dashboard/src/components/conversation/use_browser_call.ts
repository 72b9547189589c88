// A call for as long as its component is there: leaving the page hangs up.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { newBrowserCall, type BrowserCall, type BrowserCallState } from "@/voice";

export function useBrowserCall(): { call: BrowserCall; state: BrowserCallState } {
  const [call] = useState(newBrowserCall);
  const state = useSyncExternalStore(call.subscribe, call.current);
  const leaving = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    clearTimeout(leaving.current);
    return () => {
      leaving.current = setTimeout(() => call.hangUp());
    };
  }, [call]);
  return { call, state };
}

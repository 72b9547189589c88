import { useEffect, useState } from "react";
import { rangesOf, readPeaks, type PeaksSoFar } from "./peaks";

export interface PeaksState {
  so: PeaksSoFar | null;
  // It cannot be drawn.
  failed: boolean;
}

const bins = 1600;

export function usePeaks(address: string, wanted: boolean): PeaksState {
  const [state, set] = useState<PeaksState>({ so: null, failed: false });
  useEffect(() => {
    if (!wanted) return undefined;
    const stop = new AbortController();
    set({ so: null, failed: false });
    void (async () => {
      try {
        for await (const so of readPeaks(rangesOf(address, stop.signal), bins)) {
          if (stop.signal.aborted) return;
          set({ so, failed: so === null });
        }
      } catch {
        if (!stop.signal.aborted) set({ so: null, failed: true });
      }
    })();
    return () => stop.abort();
  }, [address, wanted]);
  return state;
}

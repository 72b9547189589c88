import { useEffect, useState } from "react";
import { rangesOf, readPeaks, type PeaksSoFar } from "./peaks";

export interface PeaksState {
  so: PeaksSoFar | null;
  // It cannot be drawn.
  failed: boolean;
}

const bins = 1600;
// Pieces may come faster than it is worth drawing.
const redrawMs = 300;

export function usePeaks(address: string, wanted: boolean): PeaksState {
  const [state, set] = useState<PeaksState>({ so: null, failed: false });
  useEffect(() => {
    if (!wanted) return undefined;
    const stop = new AbortController();
    set({ so: null, failed: false });
    void (async () => {
      let drawn = 0;
      try {
        for await (const so of readPeaks(rangesOf(address, stop.signal), bins)) {
          if (stop.signal.aborted) return;
          const now = performance.now();
          if (so && so.share < 1 && now - drawn < redrawMs) continue;
          drawn = now;
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

// A part of the dashboard that is loaded when it is first needed. While the server is away it is waited for. A part that
// is not there although the server is belongs to another version of the dashboard: that is for the caller to mend.
import { lostServer, onReturn } from "./connection";

async function answers(): Promise<boolean> {
  try {
    return (await fetch("/api/v1/health", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

function back(): Promise<void> {
  return new Promise((resolve) => {
    const stop = onReturn(() => {
      stop();
      resolve();
    });
    lostServer();
  });
}

// loadPart(() => import("…"))
export async function loadPart<T>(load: () => Promise<T>): Promise<T> {
  // The server may have come back between the failure and the question.
  for (let again = true; ; ) {
    try {
      return await load();
    } catch (error) {
      if (await answers()) {
        if (!again) throw error;
        again = false;
      } else {
        again = true;
        await back();
      }
    }
  }
}

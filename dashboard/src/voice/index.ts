// Calls from the browser, without React.
import { api, body, idempotencyKey } from "@/api/client";
import { BrowserCall } from "./browser_call";
import { openCallAudio } from "./call_audio";

export { BrowserCall, type CallRequest } from "./browser_call";
export { isOver, type BrowserCallState, type CallEnding, type Phase, type Refusal } from "./call_state";
export { keys } from "./line_protocol";
export { meterOf } from "./pcm";

export function newBrowserCall(): BrowserCall {
  return new BrowserCall({
    openCall: ({ draft = false, ...request }) =>
      api
        .POST("/api/v1/browser-calls", {
          body: { draft, ...request },
          params: { header: { "Idempotency-Key": idempotencyKey() } },
        })
        .then(body),
    createSocket: (path) => new WebSocket(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`),
    openAudio: openCallAudio,
  });
}

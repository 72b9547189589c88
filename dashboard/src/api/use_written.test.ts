import { act, createElement } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useWritten } from "./use_written";

let tell: (data: object) => void;
class Source extends EventTarget {
  constructor() {
    super();
    tell = (data) => this.dispatchEvent(new MessageEvent("call.ended", { data: JSON.stringify({ type: "call.ended", data }) }));
  }
  close() {}
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Source);
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("it is read at once, and again when it is written", () => {
  const reload = vi.fn();
  const root = createRoot(document.createElement("div"));
  function Page() {
    useWritten({ types: ["call.ended"] }, reload, { about: (event) => event.data.direction === "outbound" });
    return null;
  }
  act(() => root.render(createElement(Page)));
  tell({ direction: "inbound" });
  expect(reload).not.toHaveBeenCalled();
  tell({ direction: "outbound" });
  expect(reload).toHaveBeenCalledTimes(1);
  // One that does not matter puts nothing off.
  tell({ direction: "inbound" });
  vi.advanceTimersByTime(500);
  expect(reload).toHaveBeenCalledTimes(2);
  tell({ direction: "outbound" });
  act(() => root.unmount());
  vi.advanceTimersByTime(5000);
  expect(reload).toHaveBeenCalledTimes(3);
});

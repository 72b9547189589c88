import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { heardFromServer, lostServer, onReturn } from "./connection";
import { watchEvents, type LiveEvent } from "./events";

class Source extends EventTarget {
  static readonly CLOSED = 2;
  static all: Source[] = [];
  readyState = 1;
  constructor(readonly url: string) {
    super();
    Source.all.push(this);
  }
  close() {
    this.readyState = Source.CLOSED;
  }
  refuse() {
    this.readyState = Source.CLOSED;
    this.dispatchEvent(new Event("error"));
  }
  tell(type: string, data: object) {
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify({ type, ...data }) }));
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  Source.all = [];
  vi.stubGlobal("EventSource", Source);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("who watches the same shares one source, which is closed after the last of them", () => {
  const heard: LiveEvent[] = [];
  const stopOne = watchEvents({ sessionId: "s" }, (event) => heard.push(event));
  const stopTwo = watchEvents({ sessionId: "s" }, (event) => heard.push(event));
  expect(Source.all.map((source) => source.url)).toEqual(["/api/v1/events?sessionId=s"]);
  Source.all[0]!.tell("stage.changed", { id: "1" });
  expect(heard).toHaveLength(2);
  stopOne();
  expect(Source.all[0]!.readyState).toBe(1);
  stopTwo();
  expect(Source.all[0]!.readyState).toBe(Source.CLOSED);
});

test("a source that is refused is opened again, more slowly each time", () => {
  const heard: LiveEvent[] = [];
  const stop = watchEvents({}, (event) => heard.push(event));
  Source.all[0]!.refuse();
  vi.advanceTimersByTime(1999);
  expect(Source.all).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(Source.all).toHaveLength(2);
  Source.all[1]!.refuse();
  vi.advanceTimersByTime(3999);
  expect(Source.all).toHaveLength(2);
  vi.advanceTimersByTime(1);
  Source.all[2]!.tell("call.started", { id: "2" });
  expect(heard).toHaveLength(1);
  stop();
});

test("whoever watches is told each time the source is open, and no more when they have stopped", () => {
  let opened = 0;
  const stop = watchEvents({}, () => {}, () => (opened += 1));
  const other = watchEvents({}, () => {});
  Source.all[0]!.dispatchEvent(new Event("open"));
  Source.all[0]!.dispatchEvent(new Event("error"));
  Source.all[0]!.dispatchEvent(new Event("open"));
  expect(opened).toBe(2);
  stop();
  Source.all[0]!.dispatchEvent(new Event("open"));
  expect(opened).toBe(2);
  other();
});

test("a refused source that nobody watches any more stays closed", () => {
  const stop = watchEvents({}, () => {});
  Source.all[0]!.refuse();
  stop();
  vi.advanceTimersByTime(60_000);
  expect(Source.all).toHaveLength(1);
});

test("it is opened at once when the server is heard of again", () => {
  const stop = watchEvents({}, () => {});
  Source.all[0]!.refuse();
  lostServer();
  heardFromServer();
  expect(Source.all).toHaveLength(2);
  vi.advanceTimersByTime(10_000);
  expect(Source.all).toHaveLength(2);
  stop();
});

test("what a stream missed while it was broken is loaded anew, also when something else has reached the server before", () => {
  const anew = vi.fn();
  const stops = [onReturn(anew), watchEvents({}, () => {})];
  Source.all[0]!.dispatchEvent(new Event("open"));
  expect(anew).not.toHaveBeenCalled();
  Source.all[0]!.dispatchEvent(new Event("error"));
  heardFromServer();
  expect(anew).toHaveBeenCalledTimes(1);
  Source.all[0]!.dispatchEvent(new Event("open"));
  expect(anew).toHaveBeenCalledTimes(2);
  Source.all[0]!.dispatchEvent(new Event("open"));
  expect(anew).toHaveBeenCalledTimes(2);
  for (const stop of stops) stop();
});

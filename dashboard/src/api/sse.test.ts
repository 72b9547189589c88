import { expect, test } from "vitest";
import { SseParser, eventsOf } from "./sse";

const stream = 'event: session\ndata: {"sessionId":"s"}\n\n: still here\n\nevent: delta\r\ndata: {"text":"नमस्ते"}\r\n\r\ndata: a\ndata: b\n\n';
const expected = [
  { event: "session", data: '{"sessionId":"s"}' },
  { event: "delta", data: '{"text":"नमस्ते"}' },
  { event: "message", data: "a\nb" },
];

test("events are whole however the stream is cut", () => {
  for (const size of [1, 2, 3, 7, 1000]) {
    const parser = new SseParser();
    const events = [];
    for (let at = 0; at < stream.length; at += size) events.push(...parser.push(stream.slice(at, at + size)));
    expect(events).toEqual(expected);
  }
});

test("an event that breaks off is none", () => {
  expect(new SseParser().push("event: delta\ndata: {")).toEqual([]);
});

test("letters that are cut in two bytes are one letter", async () => {
  const bytes = new TextEncoder().encode(stream);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const events = [];
  for await (const event of eventsOf(body)) events.push(event);
  expect(events).toEqual(expected);
});

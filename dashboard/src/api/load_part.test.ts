import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { heardFromServer } from "./connection";
import { loadPart } from "./load_part";

const missing = () => Promise.reject(new TypeError("Failed to fetch dynamically imported module: /assets/page.js"));
let there = true;

beforeEach(() => {
  vi.useFakeTimers();
  there = true;
  vi.stubGlobal("fetch", () => (there ? Promise.resolve(new Response("")) : Promise.reject(new TypeError("refused"))));
});
afterEach(() => {
  heardFromServer();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("what is there is loaded once", async () => {
  const load = vi.fn(() => Promise.resolve("page"));
  expect(await loadPart(load)).toBe("page");
  expect(load).toHaveBeenCalledTimes(1);
});

test("it waits for a server that is away, and then loads again", async () => {
  there = false;
  const load = vi.fn(missing);
  const loaded = loadPart<string>(load);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(load).toHaveBeenCalledTimes(1);
  there = true;
  load.mockImplementation(() => Promise.resolve("page") as Promise<never>);
  await vi.advanceTimersByTimeAsync(2000);
  expect(await loaded).toBe("page");
});

test("a part that a server does not have is told after a second try", async () => {
  const load = vi.fn(missing);
  await expect(loadPart(load)).rejects.toThrow("Failed to fetch");
  expect(load).toHaveBeenCalledTimes(2);
});

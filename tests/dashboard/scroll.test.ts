// A long call log opens at once and scrolls smoothly: only what is on the screen is drawn.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { Dashboard } from "./support/browser.js";
import { type FullServer, serverWithCalls } from "./support/call_log.js";

const kCalls = 100_000;
// For a machine that is busy with other tests, too. A list that draws all of its rows, or waits for the server while it
// scrolls, is far beyond.
const kOpensWithinMs = 5000;
const kGapMs = { p95: 150, longest: 1500 };
const kMostRows = 120;

let full: FullServer;
let dashboard: Dashboard;
beforeAll(async () => {
  full = await serverWithCalls(kCalls);
  dashboard = await Dashboard.launch(full.server.url);
}, 300_000);
afterAll(async () => {
  await dashboard?.close();
  await full?.stop();
});

// Notes when each frame is drawn, and the most rows there were in one.
async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(`(() => {
    const seen = (window.framesSeen = { gaps: [], rows: 0, last: performance.now() });
    const frame = (now) => {
      seen.gaps.push(now - seen.last);
      seen.last = now;
      seen.rows = Math.max(seen.rows, document.querySelectorAll('[role="row"]').length);
      window.framesRequest = requestAnimationFrame(frame);
    };
    window.framesRequest = requestAnimationFrame(frame);
  })()`);
}

interface Frames {
  gaps: number[];
  rows: number;
}
const framesSeen = (page: Page) => page.evaluate("cancelAnimationFrame(framesRequest), framesSeen") as Promise<Frames>;
const lastRow = (page: Page) =>
  page.evaluate(`Math.max(...[...document.querySelectorAll('[role="row"]:has(a[data-call])')].map((row) => Number(row.getAttribute("aria-rowindex"))))`) as Promise<number>;

test(`${kCalls} calls open soon and scroll without stutter`, { retry: 1 }, async () => {
  const page = await dashboard.page({ width: 1440 });
  // The program's parts are in the browser's cache, as for anybody who looks at the log a second time.
  await page.goto("/agents");
  await page.getByRole("heading", { level: 1 }).waitFor();
  const began = Date.now();
  await page.goto("/calls");
  const table = page.getByRole("table", { name: "Call log" });
  await table.getByRole("link").first().waitFor();
  const openedMs = Date.now() - began;

  await page.mouse.move(720, 600);
  await watchFrames(page);
  const began2 = Date.now();
  for (let i = 0; i < 150; ++i) await page.mouse.wheel(0, 300);
  // What was scrolled to is filled, not only reserved.
  await expect.poll(() => lastRow(page), { timeout: 20_000 }).toBeGreaterThan(600);
  const scrolledMs = Date.now() - began2;
  const { gaps, rows } = await framesSeen(page);
  const reached = await lastRow(page);

  const sorted = [...gaps].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  const figures = { p50: at(0.5), p95: at(0.95), longest: sorted.at(-1)! };
  console.log(
    `call log of ${kCalls}: open after ${openedMs} ms; ${reached} rows in ${scrolledMs} ms, ${gaps.length} frames, ` +
      `gaps p50 ${figures.p50.toFixed(1)} p95 ${figures.p95.toFixed(1)} longest ${figures.longest.toFixed(1)} ms; at most ${rows} rows in the page`,
  );
  expect(openedMs).toBeLessThan(kOpensWithinMs);
  expect(figures.p95).toBeLessThan(kGapMs.p95);
  expect(figures.longest).toBeLessThan(kGapMs.longest);
  expect(rows).toBeLessThan(kMostRows);
  expect(dashboard.takeFaults()).toEqual([]);
  await page.context().close();
});

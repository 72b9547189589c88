// A long call log opens at once and scrolls smoothly: only what is on the screen is drawn.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { Dashboard } from "./support/browser.js";
import { type FullServer, serverWithCalls } from "./support/call_log.js";

const kCalls = 100_000;
// For a machine that is busy with other tests, too. A list that draws all of its rows, or waits for the server while it
// scrolls, is far beyond.
const kOpensWithinMs = 5000;
const kGapMs = { p50: 50, p95: 200, longest: 1500 };
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
      seen.rows = Math.max(seen.rows, document.querySelectorAll('[role="row"], [role="listitem"]').length);
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
// The number of the last row, or card, that is filled.
const lastRow = (page: Page) =>
  page.evaluate(`(() => {
    const filled = document.querySelectorAll('[role="row"]:has(a[data-call]), [role="listitem"]:has(a[data-call])');
    return Math.max(0, ...[...filled].map((row) => Number(row.getAttribute("aria-rowindex") ?? row.getAttribute("aria-posinset"))));
  })()`) as Promise<number>;

test.each([
  { width: 1440, reaches: 600 },
  { width: 375, reaches: 250 },
])(`${kCalls} calls open soon and scroll without stutter at $width px`, { retry: 1 }, async ({ width, reaches }) => {
  const page = await dashboard.page({ width });
  // The program's parts are in the browser's cache, as for anybody who looks at the log a second time.
  await page.goto("/agents");
  await page.getByRole("heading", { level: 1 }).waitFor();
  const began = Date.now();
  await page.goto("/calls");
  const list = page.getByRole(width > 800 ? "table" : "list", { name: "Call log" });
  await list.getByRole("link").first().waitFor();
  const openedMs = Date.now() - began;

  await page.mouse.move(width / 2, 600);
  await watchFrames(page);
  const scrolling = Date.now();
  for (let i = 0; i < 150; ++i) await page.mouse.wheel(0, 300);
  // What was scrolled to is filled, not only reserved.
  await expect.poll(() => lastRow(page), { timeout: 20_000 }).toBeGreaterThan(reaches);
  const scrolledMs = Date.now() - scrolling;
  const { gaps, rows } = await framesSeen(page);
  const reached = await lastRow(page);

  const sorted = [...gaps].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  const figures = { p50: at(0.5), p95: at(0.95), longest: sorted.at(-1)! };
  console.log(
    `call log of ${kCalls} at ${width} px: open after ${openedMs} ms; ${reached} rows in ${scrolledMs} ms, ${gaps.length} frames, ` +
      `gaps p50 ${figures.p50.toFixed(1)} p95 ${figures.p95.toFixed(1)} longest ${figures.longest.toFixed(1)} ms; at most ${rows} rows in the page`,
  );
  expect(openedMs).toBeLessThan(kOpensWithinMs);
  expect(figures.p50).toBeLessThan(kGapMs.p50);
  expect(figures.p95).toBeLessThan(kGapMs.p95);
  expect(figures.longest).toBeLessThan(kGapMs.longest);
  expect(rows).toBeLessThan(kMostRows);
  expect(dashboard.takeFaults()).toEqual([]);
  await page.context().close();
});

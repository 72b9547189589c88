// How much is loaded before the first page is seen.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Server } from "../control/support/server.js";
import { Dashboard } from "./support/browser.js";

let server: Server;
let dashboard: Dashboard;
beforeAll(async () => {
  server = await Server.start();
  dashboard = await Dashboard.launch(server.url);
});
afterAll(async () => {
  await dashboard?.close();
  await server?.stop();
});

// What goes over the wire to a browser that takes gzip, which is the least any browser takes.
async function sizeOf(path: string): Promise<number> {
  const response = await fetch(server.url + path, { headers: { "accept-encoding": "gzip" } });
  expect(response.status, path).toBe(200);
  await response.arrayBuffer();
  return Number(response.headers.get("content-length"));
}

test.each(["/", "/calls", "/agents"])("at most 300 kB of compressed script are loaded for %s", async (path) => {
  const page = await dashboard.page();
  const scripts = new Set<string>();
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.endsWith(".js")) scripts.add(pathname);
  });
  await page.goto(path);
  await page.getByRole("heading", { level: 1 }).waitFor();
  expect(scripts.size).toBeGreaterThan(0);
  let total = 0;
  for (const script of scripts) total += await sizeOf(script);
  expect(total).toBeGreaterThan(50_000);
  expect(total).toBeLessThanOrEqual(300_000);
  await page.context().close();
});

test("assets are kept for good and the page is asked for again", async () => {
  const index = await fetch(server.url, { headers: { accept: "text/html" } });
  const html = await index.text();
  expect(index.headers.get("cache-control")).toBe("no-cache");
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1];
  const asset = await fetch(server.url + script);
  expect(asset.headers.get("cache-control")).toContain("immutable");
  const again = await fetch(server.url, { headers: { accept: "text/html", "if-none-match": index.headers.get("etag")! } });
  expect(again.status).toBe(304);
});

// The call log as somebody looks for a call in it, and what is told of one call.
import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Locator, Page } from "playwright-core";
import { type Api, type Json, api } from "../control/support/api.js";
import { callOf, shortCall } from "../control/support/flows.js";
import { eventually, runParley } from "../control/support/server.js";
import { Dashboard } from "./support/browser.js";
import { type FullServer, serverWithCalls } from "./support/call_log.js";

let full: FullServer;
let client: Api;
let dashboard: Dashboard;
beforeAll(async () => {
  full = await serverWithCalls(300, { agent: "appointment-desk" });
  client = api(full.server);
  dashboard = await Dashboard.launch(full.server.url);
}, 120_000);
afterAll(async () => {
  await dashboard?.close();
  await full?.stop();
});
afterEach(() => expect(dashboard.takeFaults()).toEqual([]));

const listed = async (query: Record<string, string>): Promise<Json[]> =>
  (await client.must("GET", "/api/v1/calls", undefined, { query: { ...query, limit: 200 } })).items;
const tall = { width: 1440, height: 2400 };
const log = (page: Page) => page.getByRole("table", { name: "Call log" });
const shownIds = (page: Page): Promise<string[]> =>
  log(page).getByRole("link").evaluateAll((links) => links.map((link) => link.getAttribute("data-call")!));
const shows = (page: Page, calls: Json[]) => expect.poll(() => shownIds(page), { timeout: 10_000 }).toEqual(calls.map((call) => call.id));
const searched = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);
const tab = (page: Page, name: string) => page.getByRole("tab", { name, exact: true }).click();
const cells = (rows: Locator) => rows.evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent!)));

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole("combobox", { name: label, exact: true }).click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

describe("the log", () => {
  test("is narrowed by agent, status, words and number, all in the address", async () => {
    const all = await listed({});
    const counts = new Map<string, number>();
    for (const { agent } of all) counts.set(agent, (counts.get(agent) ?? 0) + 1);
    const agent = [...counts].find(([, count]) => count >= 4 && count <= 20)![0];
    const number = all[7].from.slice(3);
    const page = await dashboard.open("/calls", tall);
    await log(page).waitFor();
    const clear = () => page.getByRole("button", { name: "Clear filters" }).click();
    const filters: [Record<string, string>, () => Promise<void>][] = [
      [{ agent }, () => page.getByRole("combobox", { name: "Agent", exact: true }).fill(agent)],
      [{ status: "failed" }, () => choose(page, "Status", "failed")],
      [{ text: "umbrella" }, () => page.getByRole("searchbox", { name: "Words" }).fill("umbrella")],
      [{ number }, () => page.getByRole("textbox", { name: "Number", exact: true }).fill(number)],
    ];
    for (const [query, set] of filters) {
      const expected = await listed(query);
      expect(expected.length, JSON.stringify(query)).toBeGreaterThan(0);
      expect(expected.length, JSON.stringify(query)).toBeLessThan(40);
      await set();
      await shows(page, expected);
      expect(searched(page)).toEqual(query);
      await page.reload();
      await shows(page, expected);
      await clear();
      await expect.poll(() => searched(page)).toEqual({});
    }
    // Two at once, and none that fits.
    await choose(page, "Status", "completed");
    await page.getByRole("combobox", { name: "Agent", exact: true }).fill(agent);
    await shows(page, await listed({ agent, status: "completed" }));
    await page.getByRole("searchbox", { name: "Words" }).fill("nobody ever said this");
    await page.getByText("No call fits these filters").waitFor();
    await page.context().close();
  });

  test("is saved as CSV with the rows that are shown", async () => {
    const page = await dashboard.open("/calls?status=interrupted", tall);
    const expected = await listed({ status: "interrupted" });
    await shows(page, expected);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export CSV" }).click()]);
    expect(download.suggestedFilename()).toBe("calls.csv");
    const [head = "", ...rows] = readFileSync(await download.path(), "utf8").trim().split(/\r?\n/);
    const column = head.split(",").indexOf("id");
    expect(column, head).toBeGreaterThanOrEqual(0);
    expect(rows.map((row) => row.split(",")[column]!.replaceAll('"', "")).sort()).toEqual(expected.map((call) => call.id).sort());
    await page.context().close();
  });

  test("shows the columns that were chosen, after a reload, too", async () => {
    const page = await dashboard.open("/calls", tall);
    const header = (name: string) => log(page).getByRole("columnheader", { name, exact: true });
    await header("Why it ended").waitFor();
    const menu = async (act: (menu: Locator) => Promise<void>) => {
      await page.getByRole("button", { name: "Columns" }).click();
      await act(page.getByRole("dialog"));
      await page.keyboard.press("Escape");
    };
    await menu(async (columns) => {
      await columns.getByRole("checkbox", { name: "Session ID" }).check();
      await columns.getByRole("checkbox", { name: "Why it ended" }).uncheck();
    });
    await header("Session ID").waitFor();
    await page.reload();
    await header("Session ID").waitFor();
    expect(await header("Why it ended").count()).toBe(0);
    await menu((columns) => columns.getByRole("button", { name: "As at first" }).click());
    await header("Why it ended").waitFor();
    expect(await header("Session ID").count()).toBe(0);
    await page.context().close();
  });
});

describe("a call", () => {
  const latency = (ms: number | null) => (ms === null ? "–" : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`);

  test("that was hung up on shows what was said and not heard, and can be deleted", async () => {
    const call = await callOf(client, await shortCall(full.server, "/media", { from: "+919812345678" }));
    const [{ agentText, agentHeard }] = call.turns;
    expect(agentHeard.length).toBeLessThan(agentText.length);
    const page = await dashboard.open(`/calls/${call.id}`);
    await page.getByRole("heading", { level: 1, name: "Call with +91 98123 45678" }).waitFor();
    const missed = page.getByRole("region", { name: "Transcript" }).locator("s").first();
    const words = (await missed.textContent())!;
    expect(words.length).toBeGreaterThan(0);
    expect(agentText.endsWith(words)).toBe(true);
    await page.getByText("Not heard by the caller:").first().waitFor();

    await tab(page, "Configuration used");
    await page.getByLabel("Configuration used").getByText(/name: appointment-desk/).first().waitFor();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog", { name: "Delete this call?" }).getByRole("button", { name: "Delete" }).click();
    await page.waitForURL("**/calls");
    await log(page).getByRole("link").first().waitFor();
    expect(await shownIds(page)).not.toContain(call.id);
    expect((await client.get(`/api/v1/calls/${call.id}`)).status).toBe(404);
    await page.context().close();
  });

  test("that was spoken tells its words and where the time went", async () => {
    const spoken = await runParley(["call", `${full.server.ws}/media`, "--from", "+919876500001", "--say", "What are your hours?"]);
    expect(spoken.code, spoken.stderr + spoken.stdout).toBe(0);
    const call = await eventually("the call with its recording", async () => {
      const [found] = await listed({ number: "9876500001" });
      return found?.recording?.complete === true && client.must("GET", `/api/v1/calls/${found.id}`);
    });
    const page = await dashboard.open(`/calls/${call.id}`);
    const transcript = page.getByRole("region", { name: "Transcript" });
    const spokenTurns = call.turns.filter((turn: Json) => turn.callerText !== "");
    expect(spokenTurns.length).toBeGreaterThan(0);
    for (const turn of spokenTurns) await transcript.getByText(turn.callerText).first().waitFor();

    await tab(page, "Timing");
    await page.getByText("Table", { exact: true }).click();
    const rows = page.getByRole("table").getByRole("row");
    await rows.nth(1).waitFor();
    const timed = call.turns.filter((turn: Json) => Object.values(turn.latencyMs).some((ms) => ms !== null));
    const shown = (await cells(rows)).slice(1);
    expect(shown.map((row) => row.at(-1))).toEqual(timed.map(({ latencyMs }: Json) => latency(latencyMs.sent ?? latencyMs.firstAudio)));
    expect(shown.map((row) => row[1])).toEqual(timed.map(({ latencyMs }: Json) => (latencyMs.endpoint === null ? "–" : `+${latency(latencyMs.endpoint)}`)));
    await page.context().close();
  });

  test("that used vendors tells what each of them cost", async () => {
    const [first] = await listed({ status: "interrupted" });
    const call = await client.must("GET", `/api/v1/calls/${first.id}`);
    const [total] = call.cost.totals;
    const money = (amount: number) =>
      new Intl.NumberFormat("en-IN", { style: "currency", currency: total.currency, maximumFractionDigits: amount < 0.1 ? 4 : 2 }).format(amount);
    const page = await dashboard.open(`/calls/${call.id}?tab=cost`);
    await page.getByText(money(total.amount), { exact: true }).first().waitFor();
    const names: Record<string, string> = { stt: "Speech to text", llm: "Language model", tts: "Text to speech" };
    expect(Object.keys(total.parts).sort()).toEqual(Object.keys(names).sort());
    for (const [part, amount] of Object.entries<number>(total.parts)) {
      const row = page.getByRole("row").filter({ hasText: names[part]! });
      expect(await row.getByRole("cell").last().textContent(), part).toBe(money(amount));
    }
    await page.context().close();
  });
});

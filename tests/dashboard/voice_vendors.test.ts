// A call from the browser to an agent on vendors: words that grow while they are spoken, an answer that is talked over,
// a tool, all on the page of the caller and on that of whoever watches.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { type Api, api, type Json } from "../control/support/api.js";
import { publish } from "../control/support/flows.js";
import { eventually, Server } from "../control/support/server.js";
import { Emulation } from "../vendors/support/emulation.js";
import { ToolServer } from "../vendors/support/tool_server.js";
import { Dashboard } from "./support/browser.js";
import { silence, SoundFile } from "./support/sound.js";

const rate = 8000;
let emulation: Emulation;
let tools: ToolServer;
let microphone: SoundFile;
let server: Server;
let client: Api;
let dashboard: Dashboard;

beforeAll(async () => {
  [emulation, tools] = await Promise.all([Emulation.start(), ToolServer.start(() => ({ table: "seven" }))]);
  const [first, second, third] = await Promise.all(
    ["tell me about your services", "stop please", "please book a table for me"].map((words) => emulation.speak(words, rate)),
  );
  microphone = new SoundFile(
    [silence(4, rate), first!, silence(6, rate), second!, silence(6, rate), third!, silence(60, rate)],
    rate,
  );
  server = await Server.start({
    env: emulation.environment("dashboard-voice"),
    settings: { outbound: { allow: ["127.0.0.0/8"] }, calls: { max_loop_lag: "10s" } },
  });
  client = api(server);
  const desk = {
    name: "desk", language: "en-IN", first_message: "Hello.", prompt: "You are the desk of a small hotel.",
    stt: { provider: "deepgram", model: "nova-3" }, llm: { provider: "openai", model: "gpt-5.4-mini" }, tts: { provider: "local" },
    tools: [tools.bookTable()],
  };
  await publish(client, JSON.stringify(desk));
  dashboard = await Dashboard.launch(server.url, { microphone: microphone.path });
});
afterAll(async () => {
  await dashboard?.close();
  await server?.stop();
  await tools?.stop();
  await emulation?.stop();
  microphone?.remove();
});
afterEach(() => expect(dashboard.takeFaults()).toEqual([]));

const said = (page: Page) => page.getByRole("region", { name: "Transcript" });

test("words appear while they are spoken, and what was talked over is not told as heard", async () => {
  const page = await dashboard.open("/talk?agent=desk");
  await page.getByRole("button", { name: "Start the call" }).click();
  // A word or two, with more to come.
  const growing = said(page).getByRole("listitem").filter({ hasText: /^You/ }).filter({ hasText: "…" });
  await growing.first().waitFor();
  await said(page).getByText(/^tell me about your services/i).waitFor();
  await said(page).getByText("We offer many things here").waitFor();

  const watcher = await dashboard.open("/live");
  await watcher.getByRole("row", { name: /desk/ }).getByRole("link").click();
  await watcher.getByRole("heading", { level: 1, name: /^Call with/ }).waitFor();

  for (const each of [page, watcher]) {
    await said(each).getByText(/^stop please/i).waitFor();
    const cut = said(each).getByRole("listitem").filter({ hasText: "We offer many things here" });
    await cut.getByText(/· interrupted$/).waitFor();
    expect(await cut.locator("s").innerText()).toMatch(/That was everything\.$/);
    await said(each).getByText("All right, I’ll wait.").waitFor();
    await said(each).getByText(/^Tool used: book_table/).waitFor({ timeout: 30_000 });
    await said(each).getByText(/The answer is table seven/).waitFor();
  }
  await page.getByRole("button", { name: "Hang up" }).click();
  await watcher.getByText("completed", { exact: true }).first().waitFor();

  // The log says the same.
  await said(watcher).getByText(/^stop please/i).waitFor();
  const cut = said(watcher).getByRole("listitem").filter({ hasText: "We offer many things here" });
  expect(await cut.locator("s").innerText()).toMatch(/That was everything\.$/);
  const call = await eventually("the end", async () => {
    const { items } = await client.must("GET", "/api/v1/calls");
    return items[0]?.endedAt ? ((await client.must("GET", `/api/v1/calls/${items[0].id}`)) as Json) : undefined;
  });
  expect(call.turns.find((turn: Json) => turn.agentText.startsWith("We offer")).interrupted).toBe(true);
  expect(tools.requests.map(({ path }) => path)).toEqual(["/bookings"]);
  await page.context().close();
  await watcher.context().close();
});

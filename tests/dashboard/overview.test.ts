// A newcomer's way to the first call reads the server's real state, and the day's figures follow the calls.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { type Api, api } from "../control/support/api.js";
import { dial, greeter, importNumber, publish, shortCall } from "../control/support/flows.js";
import { Server } from "../control/support/server.js";
import { Dashboard } from "./support/browser.js";

// Read again when the server is started.
let env: Record<string, string>;
let server: Server;
let client: Api;
let dashboard: Dashboard;
beforeEach(async () => {
  env = {};
  server = await Server.start({ env });
  client = api(server);
  dashboard = await Dashboard.launch(server.url);
});
afterEach(async () => {
  await dashboard?.close();
  await server?.stop();
});

const list = (page: Page) => page.getByRole("region", { name: "From here to your first call" });
const step = (page: Page, title: string) => list(page).getByRole("listitem").filter({ hasText: title });
const progress = (page: Page, done: number) => list(page).getByText(`${done} of 6 done`).waitFor();
// What the server reckoned is kept for two seconds: who comes back sooner sees it as it was.
const progressOnReturn = (page: Page, done: number) =>
  expect
    .poll(
      async () => {
        await page.goto("/");
        return list(page).getByText(/^\d of 6 done$/).textContent();
      },
      { timeout: 15_000 },
    )
    .toBe(`${done} of 6 done`);
const isDone = (page: Page, title: string) => step(page, title).getByText("done", { exact: true }).waitFor();
const figure = (page: Page, label: string) =>
  page.getByRole("main").getByText(label, { exact: true }).first().locator("xpath=ancestor-or-self::*[following-sibling::*][1]/following-sibling::*[1]");
const shows = (page: Page, label: string, value: string) => expect.poll(() => figure(page, label).textContent(), { message: label, timeout: 10_000 }).toBe(value);

test("the figures change by themselves while a call is taken", async () => {
  const page = await dashboard.open("/");
  await page.getByText("Nobody is on the line.").waitFor();
  await shows(page, "Running calls", "0");
  await shows(page, "Calls today", "0");
  await shows(page, "Answer rate", "–");
  const caller = await dial(server, "/media", { from: "+919900112233" });
  await caller.agentSpeaks();
  await shows(page, "Running calls", "1");
  await page.getByRole("link", { name: "+91 99001 12233" }).first().waitFor();
  await caller.hangUp();
  await shows(page, "Running calls", "0");
  await shows(page, "Calls today", "1");
  await shows(page, "Answer rate", "100%");
  await page.getByText("Nobody is on the line.").waitFor();
  expect(dashboard.takeFaults()).toEqual([]);
  await page.context().close();
});

test("each step is ticked off when it is done, and the list goes with the last", async () => {
  const page = await dashboard.open("/");
  await progress(page, 0);
  const talk = step(page, "Talk to the sample agent");
  expect(await talk.getByRole("link", { name: "Talk to it" }).getAttribute("href")).toBe("/talk");

  await page.goto("/chat");
  await page.getByRole("textbox", { name: "Message" }).fill("Hello");
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Chat" }).getByRole("listitem").nth(1).waitFor();
  await progressOnReturn(page, 1);
  await isDone(page, "Talk to the sample agent");

  await publish(client, greeter("desk"));
  const number = await importNumber(client, "+918030752466", "desk");
  await client.must("PUT", "/api/v1/provider-keys/openai", { key: "sk-0123456789abcdef4f7a" });
  await progressOnReturn(page, 4);
  for (const title of ["Publish an agent of your own", "Import a phone number", "Add keys of vendors"]) await isDone(page, title);
  expect(await step(page, "Paste the address into Exotel").getByText("done", { exact: true }).count()).toBe(0);

  // A call to the number is seen without being asked for.
  await shortCall(server, `/api/telephony/ws/${number.id}`);
  await isDone(page, "Paste the address into Exotel");
  await progress(page, 5);
  env["PUBLIC_URL"] = "https://voice.example.com";
  await server.restart();
  await page.reload();
  await page.getByText("Calls today").waitFor();
  await list(page).waitFor({ state: "detached" });
  await page.context().close();
});

// A number that is imported in the dashboard, and a call on it that somebody watches while it goes on.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { type Api, acceptInvite, becomeOwner, type Json } from "../control/support/api.js";
import { callOf, dial, keypad, publish } from "../control/support/flows.js";
import { Server } from "../control/support/server.js";
import { Dashboard } from "./support/browser.js";

let server: Server;
let client: Api;
let viewer: Api;
let dashboard: Dashboard;
let watcher: Page;
// Of the number that the first test imports.
let line: string;
beforeAll(async () => {
  // However busy the machine is: calls are not to be refused for it.
  server = await Server.start({ settings: { calls: { max_loop_lag: "10s" } } });
  client = await becomeOwner(server);
  viewer = await acceptInvite(server, (await client.must("POST", "/api/v1/users", { email: "viewer@example.com", role: "viewer" })).inviteUrl);
  const yaml = keypad("front-desk").replace('dtmf: {finish_on: ""}\n', 'dtmf: {finish_on: ""}\ntransfer: {to: ["+918040001111"], say: I am putting you through.}\n');
  await publish(client, yaml);
  dashboard = await Dashboard.launch(server.url);
  watcher = await dashboard.page({ login: client.credentials });
});
// With the stream of events open: a call that begins before it is seen at the next look only.
async function openLive(page: Page): Promise<void> {
  const stream = page.waitForResponse((response) => response.url().includes("/api/v1/events"));
  await page.goto("/live");
  await page.getByRole("heading", { name: "Nobody is on the line" }).waitFor();
  await stream;
}
beforeEach(() => openLive(watcher));
afterAll(async () => {
  await dashboard?.close();
  await server?.stop();
});
afterEach(() => expect(dashboard.takeFaults()).toEqual([]));

const row = (name: RegExp) => watcher.getByRole("row", { name });
const said = (page: Page) => page.getByRole("region", { name: "Transcript" });
const nobody = () => watcher.getByRole("heading", { name: "Nobody is on the line" });

// As somebody does it who has the number in Exotel's portal: the path of its address.
async function importNumber(): Promise<string> {
  const page = await dashboard.open("/numbers", { login: client.credentials });
  await page.getByRole("button", { name: "Import a number" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: /^Phone number/ }).fill("080 4567 1234");
  await dialog.getByRole("textbox", { name: "Name" }).fill("Reception");
  await dialog.getByRole("combobox", { name: /^Agent/ }).or(dialog.getByRole("textbox", { name: /^Agent/ })).click();
  await page.getByRole("option", { name: "front-desk" }).click();
  await dialog.getByRole("button", { name: "Import a number" }).click();
  await page.getByRole("heading", { level: 1, name: "+91 80456 71234" }).waitFor();
  await page.getByText("Answered by front-desk").waitFor();
  await page.getByRole("tab", { name: "Addresses" }).click();
  const address = await page.getByRole("textbox", { name: /^Stream/ }).inputValue();
  // What is copied is what is shown.
  await page.getByRole("button", { name: /^Copy: Stream/ }).click();
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe(address);
  await page.context().close();
  return new URL(address).pathname;
}

test("a call on a number that was just imported is seen as it goes on, and hung up from its page", async () => {
  line = await importNumber();
  const caller = await dial(server, line, { from: "+919833300001", to: "+918045671234" });
  const entry = row(/98333 00001/);
  await entry.getByText("Press a key.").waitFor();
  await entry.getByText("front-desk").waitFor();
  await watcher.getByText("1 call in progress").waitFor();
  await caller.agentFinished();
  caller.dtmf("1");
  await entry.getByText("That was one.").waitFor();
  await entry.getByText("second").waitFor();
  await caller.agentFinished();

  await entry.getByRole("link").click();
  await watcher.getByRole("heading", { level: 1, name: "Call with +91 98333 00001" }).waitFor();
  await watcher.getByText("in progress", { exact: true }).waitFor();
  // What was said before the page was opened is there, too.
  await said(watcher).getByText("Press a key.").waitFor();
  await said(watcher).getByText("That was one.").waitFor();
  expect(caller.isClosed).toBe(false);

  await watcher.getByRole("button", { name: "Hang up" }).click();
  const dialog = watcher.getByRole("dialog", { name: "Hang up this call?" });
  await dialog.getByRole("button", { name: "Let it go on" }).click();
  await dialog.waitFor({ state: "hidden" });
  expect(caller.isClosed).toBe(false);
  await watcher.getByRole("button", { name: "Hang up" }).click();
  await dialog.getByRole("button", { name: "Hang up" }).click();
  await caller.closed();
  // The page becomes that of a call that is over, by itself.
  await watcher.getByText("completed", { exact: true }).first().waitFor();
  await watcher.getByRole("button", { name: "Play" }).waitFor();
  await said(watcher).getByText("That was one.").waitFor();
  const call = await callOf(client, caller);
  expect(call).toMatchObject({ agent: "front-desk", from: "+919833300001", status: "completed" });

  const numbers = (await client.must("GET", "/api/v1/phone-numbers")).items;
  expect(numbers.map((one: Json) => [one.phoneNumber, one.id])).toEqual([["+918045671234", call.phoneId]]);
});

test("a caller is handed to a person from the list, with words of one's own, and its page tells to whom", async () => {
  const caller = await dial(server, line, { from: "+919833300002" });
  const entry = row(/98333 00002/);
  await entry.getByText("Press a key.").waitFor();
  await caller.agentFinished();
  await entry.getByRole("button", { name: "Transfer" }).click();
  const dialog = watcher.getByRole("dialog", { name: "Transfer to a person" });
  const submit = dialog.getByRole("button", { name: "Transfer" });

  // What the server refuses is told in the dialog, which keeps what was typed.
  await dialog.getByRole("textbox", { name: "Number" }).fill("reception");
  await dialog.getByRole("textbox", { name: "Announcement" }).fill("Asha will take over.");
  await submit.click();
  await dialog.getByRole("alert").waitFor();
  expect(await dialog.getByRole("textbox", { name: "Announcement" }).inputValue()).toBe("Asha will take over.");
  expect(caller.isClosed).toBe(false);

  await dialog.getByRole("textbox", { name: "Number" }).fill("+918040002222");
  await submit.click();
  await watcher.getByText("The call is being transferred.").waitFor();
  await caller.closed();
  await nobody().waitFor();
  const call = await callOf(client, caller);
  expect(call.transfer).toMatchObject({ to: "+918040002222" });
  await watcher.goto(`/calls/${call.id}`);
  await watcher.getByText(/\+91 ?80 ?4000 ?2222 · requested/).waitFor();
  await said(watcher).getByText("Asha will take over.").waitFor();
});

test("without a number it is whom the agent names", async () => {
  const caller = await dial(server, line, { from: "+919833300003" });
  const call = await callOf(client, caller, () => true);
  await watcher.goto(`/calls/${call.id}`);
  await said(watcher).getByText("Press a key.").waitFor();
  await watcher.getByRole("button", { name: "Transfer" }).click();
  await watcher.getByRole("dialog").getByRole("button", { name: "Transfer" }).click();
  await caller.closed();
  await watcher.getByText(/\+918040001111 · requested/).waitFor();
});

test("several callers come and go by themselves, and a viewer may only watch", async () => {
  const page = await dashboard.page({ login: viewer.credentials });
  await openLive(page);
  const one = await dial(server, line, { from: "+919833300004" });
  const two = await dial(server, line, { from: "+919833300005" });
  for (const each of [watcher, page]) {
    await each.getByText("2 calls in progress").waitFor();
    await each.getByRole("row", { name: /98333 00004/ }).waitFor();
    await each.getByRole("row", { name: /98333 00005/ }).waitFor();
  }
  const button = page.getByRole("row", { name: /98333 00004/ }).getByRole("button", { name: "Hang up" });
  expect(await button.getAttribute("aria-disabled")).toBe("true");
  await button.click({ force: true });
  expect(await page.getByRole("dialog").count()).toBe(0);
  await one.hangUp();
  await page.getByText("1 call in progress").waitFor();
  expect(await page.getByRole("row", { name: /98333 00004/ }).count()).toBe(0);
  await two.hangUp();
  await page.getByRole("heading", { name: "Nobody is on the line" }).waitFor();
  await nobody().waitFor();
  await page.context().close();
});

// On a phone the same is there as cards.
test("at 375 px a call is a card that leads to its page", async () => {
  const page = await dashboard.page({ login: client.credentials, width: 375, height: 800 });
  await openLive(page);
  const caller = await dial(server, line, { from: "+919833300006" });
  await page.getByRole("link", { name: "+91 98333 00006" }).click();
  await page.getByRole("heading", { level: 1, name: "Call with +91 98333 00006" }).waitFor();
  await said(page).getByText("Press a key.").waitFor();
  await caller.hangUp();
  await page.getByText("completed", { exact: true }).first().waitFor();
  await page.context().close();
});

test("the page of a conversation follows its call to the end", async () => {
  const caller = await dial(server, line, { from: "+919833300007" });
  const { sessionId } = await callOf(client, caller, () => true);
  await watcher.goto(`/sessions/${sessionId}`);
  const spoken = watcher.getByRole("region", { name: "Transcript" });
  await caller.agentFinished();
  caller.dtmf("1");
  await caller.agentFinished();
  await watcher.getByText("in progress", { exact: true }).waitFor();
  caller.dtmf("9");
  await caller.closed();
  await watcher.getByText("completed", { exact: true }).waitFor();
  // The last words, too, which came after the page had been opened.
  await spoken.getByText("That was one.").waitFor();
  await spoken.getByText("Goodbye.").waitFor();
});

// The server goes away and comes back while somebody works with it.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { type Api, api } from "../control/support/api.js";
import { dial, greeter, publish } from "../control/support/flows.js";
import { eventually, Server } from "../control/support/server.js";
import { Dashboard } from "./support/browser.js";

let server: Server;
let client: Api;
let dashboard: Dashboard;
beforeAll(async () => {
  server = await Server.start({ settings: { calls: { max_loop_lag: "10s" } } });
  client = api(server);
  await publish(client, greeter("front-desk"));
  dashboard = await Dashboard.launch(server.url);
});
afterAll(async () => {
  await dashboard?.close();
  await server?.stop();
});
beforeEach(async () => {
  if (!server.isRunning) await server.restart();
});
// What the browser itself says of requests that nobody answered is no fault of a page.
afterEach(() => expect(dashboard.takeFaults().filter((fault) => !/net::ERR_|Failed to fetch/.test(fault))).toEqual([]));

const banner = (page: Page) => page.getByText("The server cannot be reached. Trying again…");
const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name });

test("live calls: the banner comes and goes by itself, what ended meanwhile is gone, and new calls appear", async () => {
  const before = await dial(server, "/media", { from: "+919833300001" });
  await before.agentSpeaks();
  const page = await dashboard.open("/live");
  await page.getByRole("link", { name: "+91 98333 00001" }).waitFor();
  await server.kill();
  await banner(page).waitFor();
  // What was there is still to be read.
  expect(await page.getByRole("link", { name: "+91 98333 00001" }).isVisible()).toBe(true);

  await server.restart();
  await banner(page).waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "Nobody is on the line" }).waitFor();
  const after = await dial(server, "/media", { from: "+919833300002" });
  await page.getByRole("link", { name: "+91 98333 00002" }).waitFor();
  // By the events, not by looking again.
  await page.getByRole("row", { name: /98333 00002/ }).getByText(/bench agent/).waitFor();
  await after.hangUp();
  await page.getByRole("heading", { name: "Nobody is on the line" }).waitFor();
  await page.context().close();
});

test("a dialog keeps what was typed, says what is wrong, and its number is imported once", async () => {
  const page = await dashboard.open("/numbers");
  await page.getByRole("button", { name: "Import a number" }).first().click();
  const dialog = page.getByRole("dialog");
  const number = dialog.getByRole("textbox", { name: /^Phone number/ });
  const name = dialog.getByRole("textbox", { name: "Name" });
  await number.fill("+918045671234");
  await name.fill("Reception");
  await server.kill();
  const send = dialog.getByRole("button", { name: "Import a number" });
  await send.click();
  await dialog.getByRole("alert").getByText("The server cannot be reached").waitFor();
  expect([await number.inputValue(), await name.inputValue()]).toEqual(["+918045671234", "Reception"]);

  await server.restart();
  await banner(page).waitFor({ state: "detached" });
  expect([await number.inputValue(), await name.inputValue()]).toEqual(["+918045671234", "Reception"]);
  await send.click();
  await heading(page, "+91 80456 71234").waitFor();
  const { items } = await client.must("GET", "/api/v1/phone-numbers");
  expect(items.map((one: { displayName: string }) => one.displayName)).toEqual(["Reception"]);
  await page.context().close();
});

test("an agent that is being edited keeps its unsaved text, and is saved afterwards", async () => {
  const [agent] = (await client.must("GET", "/api/v1/agents")).items;
  const page = await dashboard.open(`/agents/${agent.id}`);
  const greeting = page.getByRole("textbox", { name: "First message" });
  await greeting.fill("Good morning from the front desk.");
  await server.kill();
  const save = page.getByRole("button", { name: "Save draft" });
  await save.click();
  await banner(page).waitFor();
  expect(await greeting.inputValue()).toBe("Good morning from the front desk.");
  await server.restart();
  await banner(page).waitFor({ state: "detached" });
  expect(await greeting.inputValue()).toBe("Good morning from the front desk.");
  await save.click();
  await page.getByText("The draft is saved.").waitFor();
  expect((await client.must("GET", `/api/v1/agents/${agent.id}`)).yaml).toContain("Good morning from the front desk.");
  await page.context().close();
});

test("a page that is opened while the server is away opens when it is back", async () => {
  const page = await dashboard.open("/agents");
  await page.getByRole("link", { name: "front-desk", exact: true }).waitFor();
  await server.kill();
  await page.getByRole("link", { name: "Webhooks" }).click();
  await banner(page).waitFor();
  await page.getByRole("navigation", { name: "Main navigation" }).waitFor();
  await server.restart();
  await heading(page, "Webhooks").waitFor();
  await banner(page).waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "No webhook yet" }).waitFor();
  await page.context().close();
});

test("a list that could not be loaded is loaded when the server is back, without a click", async () => {
  const page = await dashboard.open("/webhooks");
  // Its script is there; only its data is not.
  await page.getByRole("heading", { name: "No webhook yet" }).waitFor();
  await page.getByRole("link", { name: "Agents", exact: true }).click();
  await heading(page, "Agents").waitFor();
  await client.must("POST", "/api/v1/webhooks", { url: "https://crm.example.com/hooks", events: ["call.ended"] });
  await server.kill();
  await page.getByRole("link", { name: "Users" }).click();
  await page.getByRole("link", { name: "Webhooks" }).click();
  await banner(page).waitFor();
  await server.restart();
  await page.getByText("https://crm.example.com/hooks").first().waitFor();
  await banner(page).waitFor({ state: "detached" });
  await page.context().close();
});

test("a call from the browser goes on in the same conversation when the server is back", async () => {
  const page = await dashboard.open("/talk?agent=front-desk");
  const said = page.getByRole("region", { name: "Transcript" });
  await page.getByRole("button", { name: "Start the call" }).click();
  await said.getByText("This is front-desk.").waitFor();
  // Rows are written a moment after the fact; what a killed server had not written yet is not asked for here.
  await eventually("the call in the log", async () => (await client.must("GET", "/api/v1/calls?status=in_progress")).items[0]);
  const asked = page.waitForRequest((request) => request.url().endsWith("/api/v1/browser-calls"));
  await server.kill();
  await page.getByText("Reconnecting").waitFor();
  await banner(page).waitFor();
  await server.restart();
  const { sessionId } = (await asked).postDataJSON();
  await page.getByText("Connected", { exact: true }).waitFor();
  await banner(page).waitFor({ state: "detached" });
  await said.getByText("The call goes on").waitFor();
  await page.getByRole("button", { name: "Hang up" }).click();
  await page.getByText("You hung up.").waitFor();
  await eventually("both connections in the conversation", async () => {
    const session = await client.must("GET", `/api/v1/sessions/${sessionId}`);
    return session.calls.length === 2;
  });
  await page.context().close();
});

test("a chat message that did not come through is sent again", async () => {
  const page = await dashboard.open("/chat?agent=front-desk");
  const message = page.getByRole("textbox", { name: "Message" });
  const said = page.getByRole("region", { name: "Chat" });
  await message.fill("Good morning");
  await message.press("Enter");
  await said.getByText("This is front-desk.").waitFor();
  await page.getByRole("button", { name: "Send" }).waitFor();
  await server.kill();
  await message.fill("Is anybody there?");
  await message.press("Enter");
  await page.getByRole("alert").getByText("No answer came").waitFor();
  await server.restart();
  await banner(page).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("alert").waitFor({ state: "detached" });
  expect(await said.getByText("Is anybody there?").count()).toBe(1);
  await page.context().close();
});

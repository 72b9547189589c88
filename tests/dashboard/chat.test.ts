// Chats with an agent on a language model: answers as they are made, the tools it uses, what fails and how it goes on.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { type Api, api, type Json } from "../control/support/api.js";
import { publish } from "../control/support/flows.js";
import { Server } from "../control/support/server.js";
import { Emulation } from "../vendors/support/emulation.js";
import { ToolServer } from "../vendors/support/tool_server.js";
import { Dashboard } from "./support/browser.js";

const key = "dashboard-chat";
let emulation: Emulation;
let tools: ToolServer;
let server: Server;
let client: Api;
let dashboard: Dashboard;
let page: Page;
let toolAnswer: object | number = { table: "seven" };

beforeAll(async () => {
  [emulation, tools] = await Promise.all([Emulation.start(), ToolServer.start(() => toolAnswer)]);
  server = await Server.start({
    env: emulation.environment(key),
    settings: { outbound: { allow: ["127.0.0.0/8"] } },
  });
  client = api(server);
  const desk = {
    name: "desk", language: "en-IN", first_message: "Hello, this is the desk.", prompt: "You are the desk of a small hotel.",
    stt: { provider: "none" }, llm: { provider: "openai", model: "gpt-5.4-mini" }, tts: { provider: "instant" },
    tools: [tools.bookTable()],
  };
  await publish(client, JSON.stringify(desk));
  dashboard = await Dashboard.launch(server.url);
});
afterAll(async () => {
  await dashboard?.close();
  await server?.stop();
  await tools?.stop();
  await emulation?.stop();
});
beforeEach(async () => {
  page = await dashboard.open("/chat?agent=desk");
});
afterEach(async () => {
  await fetch(`${emulation.addresses.control}/rules?key=${key}`, { method: "DELETE" });
  await page.context().close();
  // A connection that a test breaks is told by the browser, too.
  expect(dashboard.takeFaults().filter((fault) => !fault.includes("net::ERR_CONNECTION_RESET"))).toEqual([]);
});

const said = () => page.getByRole("region", { name: "Chat" });
const message = () => page.getByRole("textbox", { name: "Message" });
async function say(words: string): Promise<void> {
  await message().fill(words);
  await message().press("Enter");
}

test("an answer is seen while it is made, and the conversation goes on by its address", async () => {
  // So slowly that the end cannot be there when the beginning is.
  await emulation.rule({ vendor: "openai", key, part: "llm", piece_ms: 100 });
  await say("Tell me about your services.");
  await said().getByText("Tell me about your services.").waitFor();
  await said().getByText("Hello, this is the desk.").waitFor();
  const answer = said().getByRole("listitem").filter({ hasText: "We offer many things here" });
  await answer.waitFor();
  expect(await answer.innerText()).not.toContain("That was everything.");
  expect(await message().inputValue()).toBe("");
  await answer.getByText(/That was everything\.$/).waitFor();
  await page.getByRole("button", { name: "Send" }).waitFor();

  const address = new URL(page.url());
  expect(address.searchParams.get("sessionId")).not.toBeNull();
  await page.goto("/");
  await page.goto(address.pathname + address.search);
  await said().getByText(/That was everything\.$/).waitFor();
  await fetch(`${emulation.addresses.control}/rules?key=${key}`, { method: "DELETE" });
  await say("What are your opening hours?");
  await said().getByText("We’re open from nine to five. Please come any day.").waitFor();
  expect(new URL(page.url()).searchParams.get("sessionId")).toBe(address.searchParams.get("sessionId"));

  const { items } = await client.must("GET", "/api/v1/sessions", undefined, { query: { channel: "chat" } });
  expect(items.map((one: Json) => [one.id, one.agent])).toContainEqual([address.searchParams.get("sessionId"), "desk"]);
  await page.goto("/sessions?channel=chat");
  await page.getByRole("cell").getByRole("link").first().click();
  const messages = page.getByRole("region", { name: "Messages" });
  await messages.getByText("What are your opening hours?").waitFor();
  await messages.getByText("We’re open from nine to five.").waitFor();
});

test("an answer can be stopped, and what follows is answered", async () => {
  await emulation.rule({ vendor: "openai", key, part: "llm", piece_ms: 200 });
  await say("Tell me about your services.");
  await said().getByText(/We offer many things/).waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Send" }).waitFor();
  await fetch(`${emulation.addresses.control}/rules?key=${key}`, { method: "DELETE" });
  await say("Thank you.");
  await said().getByText("You’re welcome.").waitFor();
  expect(await said().getByText("That was everything.").count()).toBe(0);
});

test("a tool that is used stands between the lines, and so does one that fails", async () => {
  await say("Please book a table for me.");
  await said().getByText(/^Tool used: book_table · [\d.,]+ m?s$/).waitFor();
  await said().getByText(/It’s done\. The answer is table seven/).waitFor();
  expect(tools.requests.at(-1)).toMatchObject({ path: "/bookings" });
  const order = await said().getByRole("listitem").allInnerTexts();
  const at = (words: RegExp) => order.findIndex((line) => words.test(line));
  expect(at(/book a table/)).toBeLessThan(at(/Tool used/));
  expect(at(/Tool used/)).toBeLessThan(at(/table seven/));

  toolAnswer = 500;
  await say("Please book a table for me.");
  await said().getByText(/^Tool failed: book_table/).waitFor();
  toolAnswer = { table: "seven" };
});

test("a model that does not answer is told, nothing is lost, and trying again goes on", async () => {
  await say("Hello.");
  await said().getByText("Hello there. How can I help you today?").waitFor();
  const lost = "What are your opening hours?";
  let broken = true;
  await page.route("**/api/v1/chat", (route) => (broken ? route.abort("connectionreset") : route.continue()));
  await say(lost);
  const alert = page.getByRole("alert");
  await alert.getByText("No answer came").waitFor();
  await said().getByText(lost).waitFor();
  broken = false;
  await alert.getByRole("button", { name: "Try again" }).click();
  await said().getByText("We’re open from nine to five.").waitFor();
  await alert.waitFor({ state: "detached" });
  expect(await said().getByText(lost).count()).toBe(1);
});

test("a conversation that is over says so, and another one begins empty", async () => {
  await say("Hello.");
  await said().getByText("Hello there. How can I help you today?").waitFor();
  const first = new URL(page.url()).searchParams.get("sessionId");
  await page.getByRole("button", { name: "New conversation" }).click();
  await said().getByText("Say something to begin.").waitFor();
  expect(new URL(page.url()).searchParams.get("sessionId")).toBeNull();
  await say("Goodbye.");
  await said().getByText("Thank you for calling. Goodbye.").waitFor();
  await page.getByText("The conversation has ended.").waitFor();
  expect(await message().count()).toBe(0);
  expect(new URL(page.url()).searchParams.get("sessionId")).not.toBe(first);
  // Back leads to a conversation that is still there.
  await page.goto(`/chat?agent=desk&sessionId=${first}`);
  await said().getByText("Hello there. How can I help you today?").waitFor();
});

test("a conversation that is gone says so and lets a new one begin", async () => {
  await page.goto("/chat?agent=desk&sessionId=chat_gone");
  await page.getByRole("alert").getByText("The conversation could not be loaded").waitFor();
  await page.getByRole("button", { name: "New conversation" }).click();
  await say("Hello.");
  await said().getByText("Hello there. How can I help you today?").waitFor();
});

test("lines are broken by Shift and Enter, and markup stays text", async () => {
  await message().fill("<img src=x onerror=alert(1)>");
  await message().press("Shift+Enter");
  await message().pressSequentially("**Hello**");
  expect(await message().inputValue()).toBe("<img src=x onerror=alert(1)>\n**Hello**");
  await page.getByRole("button", { name: "Send" }).click();
  await said().getByText("I heard you say <img src=x onerror=alert(1)>").waitFor();
  expect(await said().locator("img").count()).toBe(0);
});

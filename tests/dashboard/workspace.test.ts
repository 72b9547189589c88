// What belongs to the workspace: keys that are seen once or never, webhooks, prices, settings, and the log of changes.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Locator, Page } from "playwright-core";
import { type Api, type Json, api } from "../control/support/api.js";
import { Receiver, signatureIsGood } from "../control/support/receiver.js";
import { Server } from "../control/support/server.js";
import { Dashboard } from "./support/browser.js";

let server: Server;
let client: Api;
let receiver: Receiver;
let dashboard: Dashboard;
beforeAll(async () => {
  server = await Server.start({ settings: { outbound: { allow: ["127.0.0.0/8"] } } });
  client = api(server);
  receiver = await Receiver.start();
  dashboard = await Dashboard.launch(server.url);
});
afterAll(async () => {
  await dashboard?.close();
  receiver?.stop();
  await server?.stop();
});
afterEach(() => expect(dashboard.takeFaults()).toEqual([]));

const button = (on: Page | Locator, name: string) => on.getByRole("button", { name, exact: true });
const row = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text });
// All there is in the page, what stands in its fields, too.
const everything = async (page: Page): Promise<string> =>
  (await page.content()) + (await page.evaluate(`[...document.querySelectorAll("input, textarea")].map((input) => input.value).join()`));

// What the server answered to this page from now on.
function answersTo(page: Page): string[] {
  const answers: string[] = [];
  page.on("response", (response) => {
    if (new URL(response.url()).pathname.startsWith("/api/")) void response.text().then((text) => answers.push(text), () => undefined);
  });
  return answers;
}

test("a provider's key goes in and never comes out again", async () => {
  const key = "sk-0123456789abcdef4f7a";
  const page = await dashboard.open("/keys");
  const answers = answersTo(page);
  await button(page, "Set a key: OpenAI").click();
  const dialog = page.getByRole("dialog", { name: "Key for OpenAI" });
  const input = dialog.getByLabel(/^Key/);
  expect(await input.getAttribute("type")).toBe("password");
  await input.fill(key);
  await button(dialog, "Save").click();
  await dialog.waitFor({ state: "detached" });
  const card = page.getByRole("article", { name: "OpenAI", exact: true });
  await card.getByText("Key of the workspace").waitFor();
  await card.getByText(/4f7a$/).waitFor();
  expect(await everything(page)).not.toContain(key);
  expect(page.url()).not.toContain(key.slice(0, 8));
  await page.reload();
  await card.getByText("Key of the workspace").waitFor();
  expect(await everything(page)).not.toContain(key);
  expect(answers.length).toBeGreaterThan(0);
  expect(answers.join()).not.toContain(key);

  await button(card, "Remove").click();
  await button(page.getByRole("dialog"), "Remove").click();
  await card.getByText("No key").waitFor();
  await page.context().close();
});

test("an API key is shown once, works, and does not when it is revoked", async () => {
  const page = await dashboard.open("/api-keys");
  await button(page, "Make a key").first().click();
  const dialog = page.getByRole("dialog", { name: "Make a key" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("CRM");
  expect(await button(dialog, "Make a key").isDisabled(), "a key that may nothing").toBe(true);
  await dialog.getByRole("combobox", { name: "Calls: log, live, placing" }).selectOption("read");
  await button(dialog, "Make a key").click();
  const shown = page.getByRole("dialog", { name: "The key “CRM”" });
  const key = await shown.getByRole("textbox", { name: "Key" }).inputValue();
  await button(shown, "I have copied it").click();
  await row(page, "CRM").getByText("calls:read").waitFor();
  expect(await everything(page)).not.toContain(key);

  const holder = client.as({ key });
  expect((await holder.get("/api/v1/calls")).status).toBe(200);
  expect((await holder.get("/api/v1/agents")).status).toBe(403);
  await button(row(page, "CRM"), "Revoke").click();
  await button(page.getByRole("dialog", { name: "Revoke “CRM”?" }), "Revoke").click();
  await row(page, "CRM").waitFor({ state: "detached" });
  expect((await holder.get("/api/v1/calls")).status).toBe(401);
  await page.getByRole("switch", { name: "Show keys that are revoked or expired" }).check();
  await row(page, "CRM").getByText("revoked").waitFor();
  await page.context().close();
});

test("a webhook's test arrives, signed, is listed, and is sent again", async () => {
  const page = await dashboard.open("/webhooks");
  await button(page, "Add a webhook").first().click();
  const dialog = page.getByRole("dialog", { name: "Add a webhook" });
  const url = dialog.getByRole("textbox", { name: "URL" });
  await url.fill("not an address");
  await button(dialog, "Add a webhook").click();
  await expect.poll(() => url.getAttribute("aria-invalid")).toBe("true");
  await url.fill(receiver.url("/crm"));
  await dialog.getByRole("checkbox", { name: "escalation" }).check();
  await button(dialog, "Add a webhook").click();
  const shown = page.getByRole("dialog", { name: "The webhook’s secret" });
  const secret = await shown.getByRole("textbox", { name: "Secret" }).inputValue();
  await button(shown, "I have copied it").click();
  await page.waitForURL(/\/webhooks\/[^/?]+$/);
  const [made] = (await client.must("GET", "/api/v1/webhooks")).items;
  expect(made.events.sort()).toEqual(["call.ended", "escalation"]);

  await button(page, "Send a test").click();
  await receiver.until("the test to arrive", () => receiver.at("/crm").length === 1);
  expect(signatureIsGood(receiver.at("/crm")[0]!, secret)).toBe(true);
  const delivery = page.getByRole("row").filter({ has: page.getByRole("button", { name: /^Send again:/ }) });
  await delivery.getByText("Delivered").waitFor();
  expect(await everything(page)).not.toContain(secret);

  // It is told when the receiver refuses, and that it got it in the end.
  receiver.answer = () => 500;
  await delivery.getByRole("button", { name: /^Send again:/ }).click();
  await delivery.getByText("Under way").waitFor();
  await delivery.getByRole("cell", { name: "500", exact: true }).waitFor();
  receiver.answer = () => 200;
  await delivery.getByRole("button", { name: /^Send again:/ }).click();
  await delivery.getByText("Delivered").waitFor();
  expect(receiver.at("/crm").map(({ json }) => json.id)).toEqual(Array(3).fill(receiver.at("/crm")[0]!.json.id));
  await page.context().close();
});

test("a price table with a mistake changes nothing, and one can go back to the original", async () => {
  const prices = (): Promise<Json> => client.must("GET", "/api/v1/prices");
  const before = await prices();
  const page = await dashboard.open("/prices?view=yaml");
  const editor = page.getByRole("textbox", { name: "Price table, YAML" });
  const type = async (text: string) => {
    await editor.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(text);
  };
  await type("prices:\n  - {vendor: openai, model: [\n");
  await page.getByText(/^Line \d+$/).waitFor();
  expect(await button(page, "Save").isDisabled()).toBe(true);
  // YAML, but no price table: that the server tells.
  await type("prices:\n  - {vendor: openai, model: gpt-test, part: llm, currency: USD, as_of: 2026-11-01, inputs: 1}\n");
  await button(page, "Save").click();
  await page.getByRole("alert").getByText(/inputs/).first().waitFor();
  await page.locator(".cm-lint-marker-error").waitFor();
  await editor.getByText("gpt-test").waitFor();
  expect(await prices()).toEqual(before);

  await type("prices:\n  - {vendor: openai, model: gpt-test, part: llm, currency: USD, as_of: 2026-11-01, input_tokens: 1}\n");
  await button(page, "Save").click();
  await page.getByText("A table saved here").waitFor();
  expect((await prices()).yaml).toContain("gpt-test");
  await button(page, "Back to the original table").click();
  await button(page.getByRole("dialog"), "Back to the original table").click();
  await page.getByText("The table that comes with the program").waitFor();
  expect((await prices()).yaml).toBe(before.yaml);
  await expect.poll(() => editor.getByText("gpt-test").count()).toBe(0);
  await page.context().close();
});

test("settings are saved, and the audit log tells of all changes but of no secret", async () => {
  const page = await dashboard.open("/settings");
  await page.getByRole("textbox", { name: "Recordings, days" }).fill("30");
  await page.getByText("Saving this deletes what is older").waitFor();
  await page.getByRole("checkbox", { name: "Card numbers" }).check();
  await button(page, "Save").click();
  await expect.poll(async () => (await client.must("GET", "/api/v1/settings")).retention.recordingsDays).toBe(30);
  await page.reload();
  await expect.poll(() => page.getByRole("textbox", { name: "Recordings, days" }).inputValue()).toBe("30");
  expect(await page.getByRole("checkbox", { name: "Card numbers" }).isChecked()).toBe(true);

  await page.goto("/audit");
  const table = page.getByRole("table");
  await table.getByRole("row").nth(1).waitFor();
  const text = (await table.textContent())!.toLowerCase();
  for (const word of ["setting", "price", "webhook", "key"]) expect(text).toContain(word);
  expect(text).not.toContain("0123456789abcdef");
  await page.getByRole("textbox", { name: "Search" }).fill("webhook");
  await expect.poll(async () => (await table.getByRole("row").allTextContents()).slice(1).every((line) => /webhook/i.test(line))).toBe(true);
  await page.context().close();
});

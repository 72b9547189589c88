// A number is imported with its account, its addresses are taken to the carrier, and a check tells what is wrong; with
// an emulated Exotel as the carrier.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Locator, Page } from "playwright-core";
import type { Json } from "../control/support/api.js";
import { CarrierServer, ownNumber } from "../carrier/support/server.js";
import { desk, listens, phone, world } from "../carrier/support/worlds.js";
import { Dashboard } from "./support/browser.js";

const dialled = "08030752499";
const number = "+918030752499";

let carrier: CarrierServer;
let dashboard: Dashboard;
beforeAll(async () => {
  carrier = await CarrierServer.start({
    world: world({ people: [listens("+919800000001")], phones: [phone(ownNumber), phone(dialled)] }),
    agents: [desk("front")],
  });
  dashboard = await Dashboard.launch(carrier.server.url);
});
afterAll(async () => {
  await dashboard?.close();
  await carrier?.stop();
});
afterEach(() => expect(dashboard.takeFaults()).toEqual([]));

const button = (on: Page | Locator, name: string) => on.getByRole("button", { name, exact: true });
const field = (on: Page | Locator, name: string) => on.getByRole("textbox", { name });
const tab = (page: Page, name: string) => page.getByRole("tab", { name, exact: true }).click();
// It says so, and whoever sent the form is taken there.
const isWrong = (input: Locator) => input.and(input.page().locator('[aria-invalid="true"]:focus')).waitFor();
const accounts = async (): Promise<Json[]> => (await carrier.api.must("GET", "/api/v1/telephony-configurations")).items;
const clipboard = (page: Page) => page.evaluate("navigator.clipboard.readText()") as Promise<string>;

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole("combobox", { name: label, exact: true }).click();
  await page.getByRole("option", { name: option }).click();
}

test("a number with a new account is imported, set up, checked and mended", async () => {
  const page = await dashboard.open("/numbers");
  await button(page, "Import a number").first().click();
  const dialog = page.getByRole("dialog", { name: "Import a number" });
  const submit = button(dialog, "Import a number");
  await field(dialog, "Phone number").fill("+91 80 reception");
  await choose(page, "Agent", "front");
  await dialog.getByRole("radio", { name: "A new account" }).check();
  expect(await submit.isDisabled(), "without the account's fields").toBe(true);
  await field(dialog, "Name of the account").fill("Main account");
  await field(dialog, "Account SID").fill("not a sid");
  await dialog.getByLabel("API key").fill("key-that-nobody-sees");
  await dialog.getByLabel("API token").fill("token-that-nobody-sees");
  await button(dialog, "Further fields").click();
  await field(dialog, "Domain").last().fill("voice.example.com");

  await submit.click();
  await isWrong(field(dialog, "Account SID"));
  expect(await accounts()).toEqual([]);
  await field(dialog, "Account SID").fill("acme1");
  await submit.click();
  // The account is there now; the number is what is still wrong, and stays as it was typed.
  await dialog.getByText("The account “Main account” was added. Only the number is left.").waitFor();
  await isWrong(field(dialog, "Phone number"));
  expect(await field(dialog, "Phone number").inputValue()).toBe("+91 80 reception");
  await field(dialog, "Phone number").fill("+91 80 3075 2499");
  await submit.click();
  await page.waitForURL(/\/numbers\/[^/?]+$/);
  expect(await accounts()).toHaveLength(1);
  const [imported] = (await carrier.api.must("GET", "/api/v1/phone-numbers")).items;
  expect(imported).toMatchObject({ phoneNumber: number });
  expect(await page.content()).not.toContain("nobody-sees");

  await tab(page, "Addresses");
  for (const [name, value] of [["Dynamic endpoint", imported.dynamicEndpointUrl], ["Stream", imported.websocketUrl]]) {
    await button(page, `Copy: ${name}`).click();
    await expect.poll(() => clipboard(page)).toBe(value);
  }

  await button(page, "Check").click();
  const found = page.getByRole("status").filter({ hasText: "Something has to be mended:" });
  await found.getByText("Credentials:").first().waitFor();
  await found.getByRole("img", { name: "Wrong" }).first().waitFor();
  await tab(page, "Settings");
  await choose(page, "Telephony account", "The server’s own, or none");
  await button(page, "Save").click();
  await expect.poll(async () => (await carrier.api.must("GET", `/api/v1/phone-numbers/${imported.id}`)).telephonyConfigurationId).toBeNull();
  await button(page, "Check again").click();
  // The tests' server is on this machine: no carrier could reach it, which is the only thing left.
  const mended = page.getByRole("status").filter({ hasText: "It works, with warnings." });
  await mended.getByRole("listitem").filter({ hasText: "Credentials:" }).getByRole("img", { name: "In order" }).waitFor();
  expect(await mended.getByRole("img", { name: "Wrong" }).count()).toBe(0);
  await page.context().close();
});

test("a secret is shown once", async () => {
  const made = await carrier.api.must("POST", "/api/v1/phone-numbers", { phoneNumber: "+918030752488" });
  const page = await dashboard.open(`/numbers/${made.id}?tab=addresses`);
  await button(page, "Make a secret").click();
  const dialog = page.getByRole("dialog", { name: "Addresses with the secret" });
  const secret = await field(dialog, "Secret").inputValue();
  expect(secret.length).toBeGreaterThan(15);
  await button(dialog, "Copy: Secret").click();
  await expect.poll(() => clipboard(page)).toBe(secret);
  await button(dialog, "I have copied it").click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("There is a secret", { exact: true }).waitFor();

  await page.reload();
  await page.getByText("There is a secret", { exact: true }).waitFor();
  const values = (await page.evaluate(`[...document.querySelectorAll("input")].map((input) => input.value).join()`)) as string;
  expect(values + (await page.content())).not.toContain(secret);
  await button(page, "Remove").click();
  await button(page.getByRole("dialog", { name: "Remove the secret?" }), "Remove").click();
  await page.getByText("There is none", { exact: true }).waitFor();
  await page.context().close();
});

test("an account can be deleted when no number has it any more", async () => {
  const account = await carrier.api.must("POST", "/api/v1/telephony-configurations", {
    name: "Old account", provider: "exotel", apiKey: "key", apiToken: "token", sid: "acme2", region: "in",
  });
  const used = await carrier.api.must("POST", "/api/v1/phone-numbers", {
    phoneNumber: "+918030752477", telephonyConfigurationId: account.id,
  });
  const page = await dashboard.open("/telephony");
  const remove = button(page, "Delete: Old account");
  await expect.poll(() => remove.getAttribute("aria-disabled")).toBe("true");
  await remove.hover();
  await page.getByRole("tooltip", { name: /used by 1 number/ }).waitFor();

  await page.getByRole("article", { name: "Old account" }).getByRole("link").click();
  await page.waitForURL(`**/numbers/${used.id}`);
  await tab(page, "Settings");
  await button(page, "Delete").click();
  const question = page.getByRole("dialog", { name: "Delete +91 80307 52477?" });
  await button(question, "Cancel").click();
  await question.waitFor({ state: "detached" });
  expect((await carrier.api.get(`/api/v1/phone-numbers/${used.id}`)).status).toBe(200);
  await button(page, "Delete").click();
  await button(question, "Delete").click();
  await page.waitForURL("**/numbers");
  await page.getByRole("link", { name: "+91 80307 52477" }).waitFor({ state: "detached" });

  await page.goto("/telephony");
  const card = page.getByRole("article", { name: "Old account" });
  await card.getByText("none").waitFor();
  await button(card, "Delete").click();
  await button(page.getByRole("dialog", { name: "Delete “Old account”?" }), "Delete").click();
  await card.waitFor({ state: "detached" });
  expect((await accounts()).map(({ name }) => name)).not.toContain("Old account");
  await page.context().close();
});

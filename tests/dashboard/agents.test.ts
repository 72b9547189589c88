// An agent's way from a sample to callers and back, and what keeps two who edit it from losing each other's work.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Locator, Page } from "playwright-core";
import { type Api, api } from "../control/support/api.js";
import { greeter, greetingAt, importNumber, keypad, publish } from "../control/support/flows.js";
import { Server } from "../control/support/server.js";
import { Dashboard } from "./support/browser.js";

let server: Server;
let client: Api;
let dashboard: Dashboard;
beforeAll(async () => {
  server = await Server.start();
  client = api(server);
  dashboard = await Dashboard.launch(server.url);
});
afterAll(async () => {
  await dashboard?.close();
  await server?.stop();
});
afterEach(() => expect(dashboard.takeFaults()).toEqual([]));

const tab = (page: Page, name: string) => page.getByRole("tab", { name, exact: true }).click();
const button = (on: Page | Locator, name: string) => on.getByRole("button", { name, exact: true });
const firstMessage = (page: Page) => page.getByRole("textbox", { name: "First message", exact: true });
const yamlText = (page: Page) => page.getByRole("textbox", { name: "Configuration as YAML" });
const unsaved = (page: Page) => page.getByText("Changes that are not saved");
const yamlOf = async (name: string): Promise<string> => (await client.must("GET", `/api/v1/agents/${name}`)).yaml;

async function publishWithNote(page: Page, note: string): Promise<void> {
  await button(page, "Publish").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Note" }).fill(note);
  await button(dialog, "Publish").click();
  await dialog.waitFor({ state: "detached" });
}

test("from a sample to callers, and back to what they heard before", async () => {
  const page = await dashboard.open("/agents/new");
  await page.getByRole("radio", { name: "appointment-desk" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("front-desk");
  await button(page, "Create the draft").click();
  await page.waitForURL("**/agents/front-desk");
  await publishWithNote(page, "as it came");
  const number = await importNumber(client, "+918030752410", "front-desk");
  const path = `/api/telephony/ws/${number.id}`;
  const before = await greetingAt(client, server, path);
  expect(before).toMatch(/^Hello, Sunrise Dental\./);

  await firstMessage(page).fill("Namaste, this is Sunrise Dental.");
  await unsaved(page).waitFor();
  await tab(page, "YAML");
  await yamlText(page).getByText("Namaste, this is Sunrise Dental.").waitFor();
  await yamlText(page).getByText("# The front desk of a dental clinic").waitFor();
  await button(page, "Save draft").click();
  await unsaved(page).waitFor({ state: "detached" });
  const saved = await yamlOf("front-desk");
  expect(saved).toContain("Namaste, this is Sunrise Dental.");
  expect(saved).toContain("# a phone number may be keyed instead of spoken");
  // A draft is heard by nobody.
  expect(await greetingAt(client, server, path)).toBe(before);

  await publishWithNote(page, "a greeting in Hindi");
  expect(await greetingAt(client, server, path)).toBe("Namaste, this is Sunrise Dental.");

  await tab(page, "Versions");
  const versions = page.getByRole("table").filter({ has: page.getByRole("columnheader", { name: "Note" }) });
  const first = versions.getByRole("row").filter({ hasText: "as it came" });
  await versions.getByRole("row").filter({ hasText: "a greeting in Hindi" }).getByText("answers").waitFor();
  await button(page, "Changes of version 2").click();
  const differences = page.getByRole("region", { name: "What differs" });
  await differences.getByRole("row").filter({ hasText: "+" }).getByText("Namaste, this is Sunrise Dental.").waitFor();
  await differences.getByRole("row").filter({ hasText: "-" }).getByText("Hello, Sunrise Dental.").waitFor();

  await button(first, "Roll back").click();
  const dialog = page.getByRole("dialog", { name: "Roll back to version 1" });
  expect(await dialog.getByRole("textbox", { name: "Note" }).inputValue()).toBe("Back to version 1");
  await button(dialog, "Roll back").click();
  await versions.getByRole("row").filter({ hasText: "Back to version 1" }).getByText("answers").waitFor();
  expect(await greetingAt(client, server, path)).toBe(before);
  await page.context().close();
});

test("a mistake is shown at its line, and cannot be published", async () => {
  await publish(client, greeter("careful"));
  const page = await dashboard.open("/agents/careful?tab=yaml");
  await yamlText(page).click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("speed: 3");
  const line = (await yamlOf("careful")).split("\n").length;
  await page.getByText("1 problem", { exact: true }).waitFor();
  await page.getByRole("listitem").filter({ hasText: /speed/ }).getByRole("button", { name: `Line ${line}:` }).waitFor();
  await page.locator(".cm-lint-marker-error").waitFor();
  for (const name of ["Publish", "Save draft"]) {
    expect(await button(page, name).getAttribute("aria-disabled"), name).toBe("true");
    await button(page, name).hover();
    const reason = page.getByRole("tooltip", { name: "Mend the problem first." });
    await reason.waitFor();
    await page.mouse.move(0, 0);
    await reason.waitFor({ state: "detached" });
  }
  // Text that is no YAML at all takes the form away, and says where to go.
  await yamlText(page).press("Control+End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("tts: [");
  await tab(page, "Form");
  await page.getByText("The YAML cannot be read").waitFor();
  await page.getByRole("button", { name: /^Go to line \d+$/ }).click();
  await yamlText(page).waitFor();

  await button(page, "More for this agent").click();
  await page.getByRole("menuitem", { name: "Take unsaved changes back" }).click();
  await unsaved(page).waitFor({ state: "detached" });
  await page.getByText("1 problem").waitFor({ state: "detached" });
  await page.context().close();
});

test("what somebody else saved meanwhile is not overwritten, and nothing typed is lost", async () => {
  const agent = await publish(client, greeter("shared"));
  const page = await dashboard.open("/agents/shared");
  await firstMessage(page).fill("Mine, typed here.");
  await client.must("PUT", `/api/v1/agents/${agent.id}`, { yaml: greeter("shared", "Theirs.") });
  const stale = page.getByRole("alert").filter({ hasText: "Somebody else changed this agent meanwhile" });
  await button(page, "Save draft").click();
  await stale.waitFor();
  expect(await firstMessage(page).inputValue()).toBe("Mine, typed here.");
  expect(await yamlOf("shared")).toContain("Theirs.");
  await button(stale, "Keep mine").click();
  await stale.waitFor({ state: "detached" });
  await button(page, "Save draft").click();
  await unsaved(page).waitFor({ state: "detached" });
  expect(await yamlOf("shared")).toContain("Mine, typed here.");

  await firstMessage(page).fill("Given up.");
  await client.must("PUT", `/api/v1/agents/${agent.id}`, { yaml: greeter("shared", "Theirs again.") });
  await button(page, "Save draft").click();
  await button(stale, "Load the newer one").click();
  await unsaved(page).waitFor({ state: "detached" });
  expect(await firstMessage(page).inputValue()).toBe("Theirs again.");
  await page.context().close();
});

test("stages are drawn, and a rule made in the form is a line more", async () => {
  await publish(client, keypad("keys"));
  const page = await dashboard.open("/agents/keys?tab=stages");
  const graph = page.getByRole("region", { name: "Graph" });
  await graph.getByLabel("start, 3 rules").waitFor();
  await graph.getByLabel("second, 1 rule").waitFor();
  const lines = graph.locator(".react-flow__edge");
  await expect.poll(() => lines.count()).toBeGreaterThan(0);
  const before = await lines.count();

  await graph.getByText("second", { exact: true }).click();
  const stage = page.getByRole("region", { name: "second", exact: true });
  await button(stage, "Add a rule").click();
  await stage.getByRole("combobox", { name: "Then go to" }).last().selectOption("start");
  await expect.poll(() => lines.count()).toBe(before + 1);
  await graph.getByLabel("second, 2 rules").waitFor();
  await tab(page, "YAML");
  await yamlText(page).getByText("go_to: start").waitFor();
  await page.context().close();
});

test("trying it by text beside the editor talks to the draft", async () => {
  await publish(client, keypad("trial"));
  const page = await dashboard.open("/agents/trial?tab=yaml&try=text");
  await client.must("PUT", "/api/v1/agents/trial", { yaml: keypad("trial").replace("Going on.", "Going on with the draft.") });
  await page.reload();
  const trial = page.getByRole("region", { name: "Try it" });
  await trial.getByText("You talk to the draft.").waitFor();
  await trial.getByRole("textbox", { name: "Message" }).fill("next");
  await page.keyboard.press("Enter");
  await trial.getByText("Going on with the draft.").first().waitFor();

  await tab(page, "Form");
  await firstMessage(page).fill("Not saved yet.");
  await trial.getByText("What you try is the saved draft, without your unsaved changes.").waitFor();
  await button(trial, "Save draft").click();
  await trial.getByText("You talk to the draft.").waitFor();
  expect(await yamlOf("trial")).toContain("Not saved yet.");
  await page.context().close();
});

test("whoever leaves with unsaved changes is asked first", async () => {
  await publish(client, greeter("guarded"));
  const page = await dashboard.open("/agents/guarded");
  await firstMessage(page).fill("Half a sentence");
  // Another tab of the page is no leaving.
  await tab(page, "YAML");
  await tab(page, "Form");
  const question = page.getByRole("dialog", { name: "Leave without saving?" });
  const leave = () => page.getByRole("navigation").getByRole("link", { name: "Call log" }).first().click();
  await leave();
  await button(question, "Stay here").click();
  await question.waitFor({ state: "detached" });
  expect(await firstMessage(page).inputValue()).toBe("Half a sentence");
  await leave();
  await button(question, "Leave").click();
  await page.waitForURL("**/calls");
  await page.context().close();
});

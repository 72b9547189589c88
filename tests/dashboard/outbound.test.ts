// One call is placed from the page and followed to its end, through an emulated Exotel.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { CarrierServer } from "../carrier/support/server.js";
import { desk, phone, presses, world } from "../carrier/support/worlds.js";
import { Dashboard } from "./support/browser.js";

const asha = "+919800000001";
const busy = "+919800000002";

let carrier: CarrierServer;
let dashboard: Dashboard;
beforeAll(async () => {
  carrier = await CarrierServer.start({
    world: world({ people: [presses(asha, "9"), `number: "${busy}", answer: busy, after: 300ms`], phones: [phone("08000000000")] }),
    agent: desk("front"),
    agents: [desk("reminder", "Hello {{name|there}}, about {{day|your visit}}.")],
  });
  dashboard = await Dashboard.launch(carrier.server.url);
});
afterAll(async () => {
  await dashboard?.close();
  await carrier?.finish();
});
afterEach(() => expect(dashboard.takeFaults()).toEqual([]));

const call = (page: Page) => page.getByRole("button", { name: "Call", exact: true }).click();
const status = (page: Page, word: string) => page.getByRole("status").getByText(word, { exact: true }).waitFor();
const placedId = (page: Page) => new URL(page.url()).searchParams.get("placed")!;

test("somebody answers, hears the values that were typed, and the page follows to the end", async () => {
  const page = await dashboard.open("/outbound");
  await call(page);
  await page.getByText("Enter the number to call.").waitFor();
  const number = page.getByRole("textbox", { name: "Number to call" });
  await number.fill("Asha's telephone");
  await call(page);
  await page.getByText("A number has digits").waitFor();
  await number.fill("+91 98000 00001");
  await page.getByRole("combobox", { name: "Agent" }).click();
  await page.getByRole("option", { name: "reminder" }).click();
  const name = page.getByRole("textbox", { name: "name", exact: true });
  await name.waitFor();
  expect(await page.getByRole("textbox", { name: "day", exact: true }).getAttribute("placeholder")).toBe("Otherwise: your visit");
  await name.fill("Asha");
  await call(page);

  await page.getByRole("heading", { name: "Call to +91 98000 00001" }).waitFor();
  await status(page, "completed");
  await page.getByText("Talks to the agent").waitFor();
  const row = await carrier.callWhen(placedId(page));
  expect(row).toMatchObject({ status: "completed", direction: "outbound", to: asha, agent: "reminder" });
  expect(row.turns[0].agentText).toBe("Hello Asha, about your visit.");
  const recent = page.getByRole("row").filter({ hasText: "+91 98000 00001" });
  await recent.getByText("completed").waitFor();

  // The call stands in the address.
  await page.reload();
  await status(page, "completed");
  await page.getByRole("button", { name: "Place another call" }).click();
  await number.waitFor();
  await page.context().close();
});

test("a busy line is told as such", async () => {
  const page = await dashboard.open(`/outbound?to=${encodeURIComponent(busy)}`);
  await call(page);
  await status(page, "busy");
  expect(await page.getByText("Talks to the agent").count()).toBe(0);
  expect(await carrier.callWhen(placedId(page))).toMatchObject({ status: "busy" });
  await page.getByRole("link", { name: "Open the call" }).click();
  await page.waitForURL(`**/calls/*`);
  await page.getByRole("heading", { level: 1, name: "Call with +91 98000 00002" }).waitFor();
  await page.context().close();
});

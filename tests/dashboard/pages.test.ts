// Every page, with things in it and on an empty server: it shows, complains of nothing, fits a telephone, and keeps
// nobody out.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Server } from "../control/support/server.js";
import { overflow, seriousFaults } from "./support/axe.js";
import { Dashboard } from "./support/browser.js";
import { runningCall, startWorld, type World } from "./support/world.js";

const emptyPages = [
  "/", "/agents", "/agents/new", "/talk", "/chat", "/outbound", "/live", "/calls", "/sessions", "/numbers", "/telephony", "/keys",
  "/prices", "/users", "/api-keys", "/webhooks", "/audit", "/settings", "/account",
];
const names = [
  "overview", "agents", "agent_new", "agent", "talk", "chat", "outbound", "live", "calls", "call", "sessions", "session",
  "numbers", "number", "telephony", "keys", "prices", "users", "api_keys", "webhooks", "webhook", "audit", "settings", "account",
];

const looks = [
  { width: 1440, scheme: "light" },
  { width: 375, scheme: "dark" },
] as const;

describe("with things in it", () => {
  let world: World;
  let dashboard: Dashboard;
  let hangUp: () => Promise<unknown>;
  beforeAll(async () => {
    world = await startWorld();
    dashboard = await Dashboard.launch(world.server.url);
    const { caller } = await runningCall(world);
    hangUp = () => caller.hangUp();
  }, 120_000);
  afterAll(async () => {
    await hangUp?.();
    await dashboard?.close();
    await world?.server.stop();
  });
  afterEach(() => expect(dashboard.takeFaults()).toEqual([]));

  test("no page is forgotten", () => {
    expect(Object.keys(world.pages).sort()).toEqual([...names].sort());
  });

  test.each(names.flatMap((name) => looks.map((look) => ({ name, ...look }))))(
    "$name at $width px, $scheme",
    async ({ name, width, scheme }) => {
      const page = await dashboard.open(world.pages[name]!, { width, scheme });
      try {
        await dashboard.settled(page);
        expect(await overflow(page), "px wider than the window").toBeLessThanOrEqual(0);
        expect(await seriousFaults(page)).toEqual([]);
        expect(await page.title()).toContain("Parley");
      } finally {
        await page.context().close();
      }
    },
  );
});

describe("on an empty server", () => {
  let server: Server;
  let dashboard: Dashboard;
  beforeAll(async () => {
    server = await Server.start({ agent: "appointment-desk" });
    dashboard = await Dashboard.launch(server.url);
  });
  afterAll(async () => {
    await dashboard?.close();
    await server?.stop();
  });
  afterEach(() => expect(dashboard.takeFaults()).toEqual([]));

  test.each(emptyPages)("%s", async (path) => {
    const page = await dashboard.open(path, { width: 375, scheme: "light" });
    try {
      await dashboard.settled(page);
      expect(await page.getByRole("alert").count(), "errors shown").toBe(0);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      expect(await seriousFaults(page)).toEqual([]);
    } finally {
      await page.context().close();
    }
  });

  test("an address that is none says so", async () => {
    const page = await dashboard.page();
    await page.goto("/nowhere/at/all");
    await page.getByText("There is nothing at this address").waitFor();
    await page.context().close();
  });
});

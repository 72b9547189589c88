// Who gets in, where it leads, and what each role sees.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { type Api, acceptInvite, api, logIn, password, type Json } from "../control/support/api.js";
import { greeter, heardCall, publish } from "../control/support/flows.js";
import { eventually, Server } from "../control/support/server.js";
import { Dashboard } from "./support/browser.js";

let server: Server;
let dashboard: Dashboard;
beforeAll(async () => {
  server = await Server.start();
  dashboard = await Dashboard.launch(server.url);
});
afterAll(async () => {
  await dashboard?.close();
  await server?.stop();
});
afterEach(() => expect(dashboard.takeFaults()).toEqual([]));

const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name });
const pathOf = (page: Page) => new URL(page.url()).pathname + new URL(page.url()).search;

async function signIn(page: Page, email: string, secret = password): Promise<void> {
  await page.getByRole("textbox", { name: "E-mail address" }).fill(email);
  await page.getByLabel(/^Password/).fill(secret);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await heading(page, "Sign in").waitFor();
}

const ownerEmail = "owner@example.com";

// The tests of this file follow one another: the first of them closes the server to strangers.
describe.sequential("a server from its first owner on", () => {
  let page: Page;
  afterAll(() => page?.context().close());

  test("the printed link makes the first owner, who is in at once", async () => {
    page = await dashboard.page();
    await page.goto(`/invite/${server.ownerToken}`);
    await heading(page, "Become the owner").waitFor();
    await page.getByRole("textbox", { name: "E-mail address" }).fill(ownerEmail);
    await page.getByLabel("Your name").fill("Asha Rao");
    const join = page.getByRole("button", { name: "Join" });
    await page.getByLabel(/^Password/).fill("short");
    expect(await join.isDisabled()).toBe(true);
    await page.getByLabel(/^Password/).fill(password);
    await join.click();
    await heading(page, "Overview").waitFor();
    await page.getByRole("button", { name: "Account" }).click();
    await page.getByText("Asha Rao").waitFor();
    await page.getByText(/^owner/).waitFor();
    await page.keyboard.press("Escape");
  });

  test("the link is good once", async () => {
    const other = await dashboard.page();
    await other.goto(`/invite/${server.ownerLink!.split("/").pop()}`);
    await heading(other, "This link cannot be used").waitFor();
    await other.getByRole("link", { name: "Sign in" }).click();
    await heading(other, "Sign in").waitFor();
    await other.context().close();
  });

  test("who has signed out is out, also by the way back", async () => {
    await signOut(page);
    await page.goBack();
    await heading(page, "Sign in").waitFor();
    await page.goto("/calls");
    await heading(page, "Sign in").waitFor();
    expect((await page.request.get("/api/v1/me")).status()).toBe(401);
  });

  test("a wrong password is told and nothing typed is lost", async () => {
    await page.goto("/login");
    await signIn(page, ownerEmail, "not the password");
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("textbox", { name: "E-mail address" }).inputValue()).toBe(ownerEmail);
    await signIn(page, ownerEmail);
    await heading(page, "Overview").waitFor();
    expect(pathOf(page)).toBe("/");
  });

  test("whoever is signed in is not asked again", async () => {
    await page.goto("/login?to=%2Fagents");
    await heading(page, "Agents").waitFor();
  });

  test.each([
    ["/calls?status=failed", "/calls?status=failed"],
    ["/settings", "/settings"],
    ["https://evil.example/", "/"],
    ["//evil.example/", "/"],
    ["/\\evil.example/", "/"],
    ["/\t/evil.example/", "/"],
    ["javascript:alert(1)", "/"],
    ["/login?to=/login", "/"],
  ])("a login with to=%j leads to %s", async (to, where) => {
    const other = await dashboard.page();
    const strangers: string[] = [];
    other.on("request", (request) => {
      if (!request.url().startsWith(server.url)) strangers.push(request.url());
    });
    await other.goto(`/login?to=${encodeURIComponent(to)}`);
    await signIn(other, ownerEmail);
    await other.waitForURL((url) => url.pathname !== "/login");
    await other.getByRole("heading", { level: 1 }).waitFor();
    expect(pathOf(other)).toBe(where);
    expect(other.url().startsWith(server.url)).toBe(true);
    expect(strangers).toEqual([]);
    await other.context().close();
  });

  test("a session that ends on the server asks for a login and goes back to the page", async () => {
    const other = await dashboard.page();
    await other.goto("/calls?direction=inbound");
    await signIn(other, ownerEmail);
    await heading(other, "Call log").waitFor();
    // From another place, as when somebody takes the session away.
    const cookie = (await other.context().cookies()).find((one) => one.name === "parley_session")!.value;
    const me = await api(server, { cookie }).must("GET", "/api/v1/me");
    await api(server, { cookie, csrf: me.csrfToken }).must("POST", "/api/v1/logout");
    await other.getByRole("link", { name: "Agents", exact: true }).click();
    await heading(other, "Sign in").waitFor();
    expect(new URL(other.url()).searchParams.get("to")).toBe("/agents");
    await signIn(other, ownerEmail);
    await heading(other, "Agents").waitFor();
    await other.context().close();
  });
});

describe("what each role sees", () => {
  let owner: Api;
  let call: Json;
  const emails = { editor: "editor@example.com", viewer: "viewer@example.com" };
  const logins: Record<string, Api> = {};
  beforeAll(async () => {
    owner = await logIn(server, ownerEmail);
    for (const [role, email] of Object.entries(emails)) {
      const { inviteUrl } = await owner.must("POST", "/api/v1/users", { email, role });
      logins[role] = await acceptInvite(server, inviteUrl);
    }
    await publish(owner, greeter("front-desk"));
    await heardCall(server);
    call = await eventually("the call", async () => (await owner.must("GET", "/api/v1/calls")).items[0]);
  });

  const everybody = ["Overview", "Agents", "Live calls", "Call log", "Conversations", "Phone numbers", "Telephony accounts",
    "Provider keys", "Webhooks", "Users", "Prices", "Settings"];
  const speaking = ["Try by voice", "Chat", "Place a call"];
  const entries: Array<[string, string[]]> = [
    ["owner", [...everybody, ...speaking, "API keys", "Audit log"]],
    ["editor", [...everybody, ...speaking]],
    ["viewer", everybody],
  ];

  test.each(entries)("the navigation of the %s has what they may see", async (role, names) => {
    const page = await dashboard.open("/", { login: (logins[role] ?? owner).credentials });
    const links = await page.getByRole("navigation", { name: "Main navigation" }).getByRole("link").allTextContents();
    expect(links.sort()).toEqual([...names].sort());
    await page.context().close();
  });

  test.each([
    ["editor", "/audit", "audit:admin"],
    ["editor", "/api-keys", "keys:admin"],
    ["viewer", "/audit", "audit:admin"],
    ["viewer", "/talk", "sessions:write"],
    ["viewer", "/outbound", "calls:write"],
    ["viewer", "/agents/new", "agents:write"],
  ])("the %s is told at %s which right is missing", async (role, path, right) => {
    const page = await dashboard.page({ login: logins[role]!.credentials });
    await page.goto(path);
    await page.getByRole("heading", { name: "You may not see this" }).waitFor();
    await page.getByText(`lacks the right “${right}”`).waitFor();
    await page.context().close();
  });

  // By the buttons that are there for whoever may use them.
  test.each([
    ["editor", "/agents", "New agent", true],
    ["editor", "/numbers", "Import a number", true],
    ["editor", "/users", "Invite somebody", false],
    ["viewer", "/agents", "New agent", false],
    ["viewer", "/numbers", "Import a number", false],
    ["viewer", "/users", "Invite somebody", false],
    ["viewer", "/webhooks", "Add a webhook", false],
  ])("the %s at %s: the button %s can be used: %s", async (role, path, name, usable) => {
    const page = await dashboard.open(path, { login: logins[role]!.credentials });
    const button = page.getByRole("button", { name }).or(page.getByRole("link", { name })).first();
    await button.waitFor();
    expect((await button.getAttribute("aria-disabled")) === "true").toBe(!usable);
    if (!usable) {
      await button.click({ force: true });
      await page.getByRole("tooltip", { name: /Your role lacks the right/ }).waitFor();
      expect(await page.getByRole("dialog").count()).toBe(0);
    }
    await page.context().close();
  });

  test("only an owner deletes a call, and a viewer's dialog by address stays shut", async () => {
    for (const [role, count] of [["viewer", 0], ["editor", 0], ["owner", 1]] as const) {
      const page = await dashboard.open(`/calls/${call.id}`, { login: (logins[role] ?? owner).credentials });
      await page.getByRole("tab", { name: "Conversation" }).waitFor();
      expect(await page.getByRole("button", { name: "Delete" }).count(), role).toBe(count);
      await page.context().close();
    }
    const page = await dashboard.open("/users?dialog=invite", { login: logins["viewer"]!.credentials });
    await page.getByText(ownerEmail).waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
    await page.context().close();
  });

  test("an editor whose role is taken away sees it without a new login", async () => {
    const { inviteUrl, user } = await owner.must("POST", "/api/v1/users", { email: "changing@example.com", role: "editor" });
    const changing = await acceptInvite(server, inviteUrl);
    const page = await dashboard.open("/numbers", { login: changing.credentials });
    await page.getByRole("button", { name: "Import a number" }).first().click();
    await page.getByLabel("Phone number", { exact: false }).first().fill("+918045671234");
    await owner.must("PATCH", `/api/v1/users/${user.id}`, { role: "viewer" });
    await page.getByRole("dialog").getByRole("button", { name: "Import a number" }).click();
    await page.getByRole("dialog").getByRole("alert").waitFor();
    await page.reload();
    await heading(page, "Phone numbers").waitFor();
    expect(await page.getByRole("link", { name: "Place a call" }).count()).toBe(0);
    await page.context().close();
  });
});

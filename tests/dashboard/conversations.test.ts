// Calls from the browser on real sound, and chats, as somebody at the dashboard has them.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { speech, tone } from "../e2e/support/wav.js";
import { api } from "../control/support/api.js";
import { eventually, Server } from "../control/support/server.js";
import { Dashboard } from "./support/browser.js";
import { clicks, heardSound, listenToLoudspeaker, loudest, silence, SoundFile } from "./support/sound.js";

const transcript = (page: Page) => page.getByRole("region", { name: "Transcript" });

async function call(page: Page, agent: string): Promise<void> {
  await page.goto(`/talk?agent=${agent}`);
  await page.getByRole("button", { name: "Start the call" }).click();
  await page.getByText("Connected").waitFor();
}

describe("a caller who interrupts the greeting", () => {
  const rate = 8000;
  const microphone = new SoundFile([silence(4, rate), speech("book_appointment"), silence(30, rate)], rate);
  let server: Server;
  let dashboard: Dashboard;
  beforeAll(async () => {
    server = await Server.start({ agent: "appointment-desk" });
    dashboard = await Dashboard.launch(server.url, { microphone: microphone.path });
  });
  afterAll(async () => {
    await dashboard?.close();
    await server?.stop();
    microphone.remove();
  });
  afterEach(() => expect(dashboard.takeFaults()).toEqual([]));

  test("sees what was said and what was not heard, hears no click, and finds the call in the log", async () => {
    const page = await dashboard.page({ bypassCsp: true });
    await listenToLoudspeaker(page);
    await call(page, "appointment-desk");
    const said = transcript(page);
    await said.getByText(/book an appointment/i).waitFor();
    await said.getByText("Would you like Doctor Rao").waitFor();
    expect(await said.locator("s").first().textContent()).toMatch(/How can I help\?$/);
    await said.getByText("Stage: doctor").waitFor();
    // The answer is spoken to its end: its latency is known then.
    await said.getByText(/answered in/).nth(1).waitFor();
    await page.getByRole("button", { name: "Hang up" }).click();
    await page.getByText("You hung up.").waitFor();

    const sound = await heardSound(page);
    expect(loudest(sound.samples), "it was heard").toBeGreaterThan(0.1);
    expect(clicks(sound)).toEqual([]);

    const client = api(server);
    const ended = await eventually("the call to be in the log with its recording", async () => {
      const { items } = await client.must("GET", "/api/v1/calls");
      return items[0]?.recording?.complete === true && items[0];
    });
    expect(ended).toMatchObject({ carrier: "browser", direction: "inbound", endReason: "caller hung up" });
    await page.getByRole("link", { name: "Open in the call log" }).click();
    await page.waitForURL(`**/calls/${ended.id}`);
    await page.goto(`/sessions/${ended.sessionId}`);
    await transcript(page).getByText(/book an appointment/i).waitFor();
    await page.context().close();
  });

  test("goes on after the connection was cut, in the same conversation", async () => {
    const page = await dashboard.page();
    await page.addInitScript(`(() => {
      const Socket = window.WebSocket;
      window.WebSocket = class extends Socket {
        constructor(...all) {
          super(...all);
          window.lastSocket = this;
        }
      };
    })()`);
    await call(page, "appointment-desk");
    await transcript(page).getByText("Would you like Doctor Rao").waitFor();
    const asked = page.waitForRequest((request) => request.url().endsWith("/api/v1/browser-calls"));
    // As when the network is gone: nobody says goodbye.
    await page.evaluate(`lastSocket.onclose({ code: 1006, reason: "" }); lastSocket.close()`);
    await page.getByText("Reconnecting").waitFor();
    const { sessionId } = (await asked).postDataJSON();
    await page.getByText("Connected").waitFor();
    await transcript(page).getByText("The call goes on").waitFor();
    await page.getByRole("button", { name: "Hang up" }).click();
    const client = api(server);
    const session = await client.must("GET", `/api/v1/sessions/${sessionId}`);
    expect(session).toMatchObject({ channel: "web", agent: "appointment-desk" });
    expect(session.calls).toHaveLength(2);
    await page.context().close();
  });
});

// What it hears it sends back: every sample goes through the microphone, the server and the loudspeaker. Nothing is sent
// ahead, so that a machine without time makes holes; they are few.
test("a tone comes back whole, without clicks where its pieces meet", async () => {
  const rate = 48_000;
  const microphone = new SoundFile([tone(440, 20_000, rate)], rate);
  const server = await Server.start({ agent: "echo" });
  const dashboard = await Dashboard.launch(server.url, { microphone: microphone.path });
  try {
    const page = await dashboard.page({ bypassCsp: true });
    await listenToLoudspeaker(page, { raw: true });
    await call(page, "echo");
    // Ten seconds of it; pieces are blocks of 128 samples.
    const enough = "window.heardSound.rate > 0 && window.heardSound.pieces.length * 128 > 10 * window.heardSound.rate";
    await page.waitForFunction(enough, undefined, { timeout: 40_000 });
    const { samples, rate: heardRate } = await heardSound(page);
    const from = samples.findIndex((sample) => Math.abs(sample) > 0.1) + heardRate;
    const heard = samples.subarray(from, from + 6 * heardRate);
    expect(heard.length).toBe(6 * heardRate);
    const most = loudest(heard);
    // Steeper than the tone can be. A fault at the seams of frames or blocks makes 50 and more in a second; a browser that
    // had no time to take the microphone's sound leaves some out, and the tone jumps there.
    const steepest = most * ((2 * Math.PI * 440) / heardRate) * 1.25;
    let jumps = 0;
    for (let i = 1; i < heard.length; ++i) if (Math.abs(heard[i]! - heard[i - 1]!) > steepest) ++jumps;
    expect(jumps).toBeLessThanOrEqual(12);
    const windows = Array.from({ length: 300 }, (_, i) => heard.subarray((i * heardRate) / 50, ((i + 1) * heardRate) / 50));
    const whole = windows.filter((window) => loudest(window) > most * 0.95);
    expect(whole.length).toBeGreaterThan(0.9 * windows.length);
    expect(dashboard.takeFaults()).toEqual([]);
  } finally {
    await dashboard.close();
    await server.stop();
    microphone.remove();
  }
});

describe("at the keyboard", () => {
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

  test("a chat shows slots and stages, is there after a reload, and ends", async () => {
    const page = await dashboard.open("/chat?agent=appointment-desk");
    const message = page.getByRole("textbox", { name: "Message" });
    const said = page.getByRole("region", { name: "Chat" });
    const say = async (words: string, answer: string) => {
      await message.fill(words);
      await message.press("Enter");
      await said.getByText(answer).last().waitFor();
    };
    await say("book a visit", "Would you like Doctor Rao");
    await say("Doctor Thomas", "Which day would you like");
    await said.getByText("doctor: Doctor Thomas").waitFor();
    await page.reload();
    await said.getByText("Which day would you like").waitFor();
    await say("tomorrow at four", "What is your phone number?");
    await message.fill("goodbye");
    await message.press("Enter");
    await page.getByText("The conversation has ended.").waitFor();
    await page.getByRole("button", { name: "New conversation" }).click();
    await said.getByText("Say something to begin").waitFor();
    expect(new URL(page.url()).searchParams.get("sessionId")).toBeNull();

    await page.goto("/sessions?channel=chat");
    await page.getByRole("cell").getByRole("link").first().click();
    await page.getByRole("region", { name: "Messages" }).getByText("Which day would you like").waitFor();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("There are no conversations on this channel yet").or(page.getByText("There are no conversations yet")).waitFor();
    expect(dashboard.takeFaults()).toEqual([]);
    await page.context().close();
  });

  test("a page without a microphone says what to do", async () => {
    const page = await dashboard.page();
    await page.addInitScript(`navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotAllowedError"))`);
    await page.goto("/talk?agent=appointment-desk");
    await page.getByRole("button", { name: "Start the call" }).click();
    await page.getByRole("alert").getByText("The microphone was not allowed").waitFor();
    expect(dashboard.takeFaults()).toEqual([]);
    await page.context().close();
  });
});

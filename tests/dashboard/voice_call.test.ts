// A whole call from the browser on sound, from the greeting to its recording in the call log.
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { readWav, rms } from "../e2e/support/wav.js";
import { type Api, api, type Json } from "../control/support/api.js";
import { eventually, Server, testData } from "../control/support/server.js";
import { Dashboard } from "./support/browser.js";
import { silence, SoundFile } from "./support/sound.js";

const rate = 8000;
const words = readWav(`${testData}/book_appointment.wav`).channels[0]!;
// Spoken when the greeting has been heard.
const quietS = 10;

let server: Server;
let client: Api;
let dashboard: Dashboard;
let microphone: SoundFile;
beforeAll(async () => {
  microphone = new SoundFile([silence(quietS, rate), words, silence(60, rate)], rate);
  server = await Server.start({ agent: "appointment-desk", settings: { calls: { max_loop_lag: "10s" } } });
  client = api(server);
  dashboard = await Dashboard.launch(server.url, { microphone: microphone.path });
});
afterAll(async () => {
  await dashboard?.close();
  await server?.stop();
  microphone?.remove();
});
afterEach(() => expect(dashboard.takeFaults()).toEqual([]));

const transcript = (page: Page) => page.getByRole("region", { name: "Transcript" });

// What has stood in the transcript, line by line, also for a moment only.
async function keepHistory(page: Page): Promise<void> {
  await page.evaluate(`(() => {
    const seen = (window.seenLines = []);
    new MutationObserver(() => {
      for (const line of document.querySelectorAll("[aria-label=Transcript] li"))
        if (seen.at(-1) !== line.innerText && !seen.includes(line.innerText)) seen.push(line.innerText);
    }).observe(document.querySelector("main"), { subtree: true, childList: true, characterData: true });
  })()`);
}

// The audio elements that the page makes: they are not in its document.
async function keepAudio(page: Page): Promise<void> {
  await page.addInitScript(`(() => {
    const Plain = window.Audio;
    window.audios = [];
    window.Audio = function (...all) {
      const audio = new Plain(...all);
      window.audios.push(audio);
      return audio;
    };
  })()`);
}
const audio = (page: Page) =>
  page.evaluate(`(() => {
    const last = window.audios.filter((each) => each.src).at(-1);
    return last && { duration: last.duration, at: last.currentTime, paused: last.paused, failed: last.error?.message ?? "" };
  })()`) as Promise<{ duration: number; at: number; paused: boolean; failed: string } | undefined>;

describe.sequential("a caller who lets the agent finish", () => {
  let page: Page;
  let call: Json;
  beforeAll(async () => {
    page = await dashboard.page();
    await keepAudio(page);
  });
  afterAll(() => page?.context().close());

  test("is greeted, understood word by word, and answered", async () => {
    await page.goto("/talk?agent=appointment-desk");
    await page.getByText("What is said appears here, word by word").waitFor();
    await keepHistory(page);
    await page.getByRole("button", { name: "Start the call" }).click();
    await page.getByRole("timer", { name: "Time since the call began" }).waitFor();
    const said = transcript(page);
    await said.getByText("How can I help?").waitFor();
    await page.getByText("Your microphone is muted.").waitFor({ state: "detached" });

    await said.getByText(/book an appointment/i).waitFor({ timeout: 30_000 });
    await said.getByText("Would you like Doctor Rao").waitFor();
    await said.getByText("Stage: doctor").waitFor();
    await said.getByText(/answered in/).last().waitFor();
    // The greeting stood there while it was spoken, and was final when it had been heard.
    const seen = (await page.evaluate("seenLines")) as string[];
    const greeting = seen.filter((line) => line.includes("Hello, Sunrise Dental."));
    expect(greeting[0]).toMatch(/…$/);
    expect(greeting.at(-1)).toMatch(/How can I help\?$/);
    // Nobody has interrupted.
    expect(await said.locator("s").count()).toBe(0);
  });

  test("sees how long the parts of each answer took", async () => {
    const table = page.getByRole("table", { name: /Latency of each turn/ });
    await table.getByRole("rowheader", { name: "Greeting" }).waitFor();
    const turn = table.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "1", exact: true }) });
    await turn.waitFor();
    const cells = await turn.getByRole("cell").allTextContents();
    expect(cells).toHaveLength(5);
    expect(cells.at(-1)).toMatch(/^[\d.,]+ m?s$/);
    expect(await transcript(page).getByText(/answered in [\d.,]+ m?s/).count()).toBeGreaterThan(0);
    const caller = page.getByRole("img", { name: "Sound level: You" });
    expect(await caller.count()).toBe(1);
  });

  test("mutes, hangs up, and finds the call in the log", async () => {
    await page.getByRole("button", { name: "Mute" }).click();
    await page.getByRole("button", { name: "Unmute", pressed: true }).click();
    await page.getByRole("button", { name: "Mute", pressed: false }).waitFor();
    await page.getByRole("button", { name: "Hang up" }).click();
    await page.getByText("You hung up.").waitFor();
    await page.getByRole("button", { name: "Call again" }).waitFor();
    call = await eventually("the recording", async () => {
      const { items } = await client.must("GET", "/api/v1/calls");
      return items[0]?.recording?.complete === true && items[0];
    });
    expect(call).toMatchObject({ carrier: "browser", agent: "appointment-desk", status: "completed", endReason: "caller hung up" });
    await page.goto("/calls");
    await page.locator(`a[data-call="${call.id}"]`).click();
    await page.waitForURL(`**/calls/${call.id}`);
    await page.getByRole("definition").filter({ hasText: /^browser/ }).first().waitFor();
  });

  test("hears it again: the recording plays, and a line leads to where it was said", async () => {
    await page.getByRole("button", { name: "Play" }).waitFor();
    const known = await eventually("the length of the recording", async () => {
      const state = await audio(page);
      return state !== undefined && state.duration > 0 && state;
    });
    expect(known.failed).toBe("");
    expect(known.duration * 1000).toBeCloseTo(call.recording.durationMs, -2);
    expect(known.duration).toBeGreaterThan(quietS + words.length / rate);

    const line = transcript(page).getByRole("button", { name: /book an appointment/i });
    await line.click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    const heard = await eventually("the recording to play", async () => {
      const state = await audio(page);
      return state !== undefined && !state.paused && state.at > 1 && state;
    });
    const began = (await client.must("GET", `/api/v1/calls/${call.id}/transcript`)).lines.find((each: Json) => each.speaker === "caller").atMs / 1000;
    expect(heard.at).toBeGreaterThanOrEqual(began - 0.1);
    const from = heard.at;
    await eventually("it to go on", async () => (await audio(page))!.at > from + 0.3);
    expect(await line.getAttribute("aria-current")).toBe("true");
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Play" }).waitFor();
    expect((await audio(page))!.paused).toBe(true);
    const slider = page.getByRole("slider", { name: "Position in the recording" });
    await slider.press("Home");
    expect((await audio(page))!.at).toBe(0);
    await slider.press("ArrowRight");
    expect((await audio(page))!.at).toBe(5);
    // Both sides are drawn.
    expect(await slider.locator("canvas").count()).toBeGreaterThanOrEqual(2);
  });

  test("is really in it: the agent first, then the caller, each on a channel of their own", async () => {
    const response = await fetch(`${server.url}/api/v1/calls/${call.id}/recording?redirect=false`);
    const file = join(tmpdir(), `parley-recording-${call.id}.wav`);
    writeFileSync(file, Buffer.from(await response.arrayBuffer()));
    const { channels, sampleRate } = readWav(file);
    rmSync(file);
    expect(channels).toHaveLength(2);
    const [caller, agent] = channels as [Int16Array, Int16Array];
    const window = (samples: Int16Array, from: number, to: number) => rms(samples.subarray(from * sampleRate, to * sampleRate));
    expect(window(agent, 0, 5), "the greeting").toBeGreaterThan(300);
    // A browser takes the noise out of silence; speech is left.
    const loudest = (samples: Int16Array, from: number, to: number) => {
      let most = 0;
      for (let at = from; at + 0.5 <= to; at += 0.25) most = Math.max(most, window(samples, at, at + 0.5));
      return most;
    };
    const end = caller.length / sampleRate;
    expect(loudest(caller, 6, end), "the caller's words").toBeGreaterThan(300);
    expect(loudest(caller, 0, 4), "the greeting is not in the caller's channel").toBeLessThan(loudest(caller, 6, end) / 4);
  });
});

test("a microphone that is not there, or held by another program, is told with what to do", async () => {
  for (const [name, told] of [["NotFoundError", "No microphone was found"], ["NotReadableError", "another program may hold it"]] as const) {
    const page = await dashboard.page();
    await page.addInitScript(`navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "${name}"))`);
    await page.goto("/talk?agent=appointment-desk");
    await page.getByRole("button", { name: "Start the call" }).click();
    await page.getByRole("alert").getByText(told).waitFor();
    // It can be tried again at once.
    expect(await page.getByRole("button", { name: "Start the call" }).isEnabled()).toBe(true);
    await page.context().close();
  }
});

test("a server that is full refuses with its reason, and the page can call again", async () => {
  const page = await dashboard.page();
  await page.route("**/api/v1/browser-calls", (route) =>
    route.fulfill({
      status: 503,
      contentType: "application/problem+json",
      body: JSON.stringify({ type: "urn:parley:problem:full", title: "Full", status: 503, detail: "The server is full." }),
    }),
  );
  await page.goto("/talk?agent=appointment-desk");
  await page.getByRole("button", { name: "Start the call" }).click();
  await page.getByRole("alert").getByText("The server is full.").waitFor();
  await page.unroute("**/api/v1/browser-calls");
  await page.getByRole("button", { name: "Start the call" }).click();
  await transcript(page).getByText("Hello, Sunrise Dental.").waitFor();
  await page.getByRole("button", { name: "Hang up" }).click();
  await page.getByText("You hung up.").waitFor();
  await page.context().close();
});

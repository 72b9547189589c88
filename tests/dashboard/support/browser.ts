// Debian's Chromium, driven from outside. What a page throws or complains of on its console fails the test that showed
// it.
import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { type Credentials } from "../../control/support/api.js";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

export interface Look {
  width?: number;
  height?: number;
  scheme?: "light" | "dark";
  // Of whoever is logged in; nobody without.
  login?: Credentials;
  permissions?: string[];
  // Scripts of the test's own may be loaded into the page.
  bypassCsp?: boolean;
}

// A complaint that is no fault of the page: an answer that the test wanted to be a refusal.
const isRefusal = (text: string) => /the server responded with a status of (4\d\d|503)/.test(text);

export class Dashboard {
  private readonly faults: string[] = [];

  private constructor(
    readonly url: string,
    private readonly browser: Browser,
  ) {}

  // `microphone`: a WAV file that is played into the page's microphone, once, from the moment it is opened.
  static async launch(url: string, options: { microphone?: string } = {}): Promise<Dashboard> {
    if (!existsSync(executablePath)) throw new Error(`${executablePath} is not there: run scripts/setup first`);
    const args = ["--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"];
    args.push("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream");
    if (options.microphone !== undefined) args.push(`--use-file-for-fake-audio-capture=${options.microphone}%noloop`);
    return new Dashboard(url, await chromium.launch({ executablePath, args }));
  }

  async context(look: Look = {}): Promise<BrowserContext> {
    const context = await this.browser.newContext({
      baseURL: this.url,
      viewport: { width: look.width ?? 1280, height: look.height ?? 900 },
      colorScheme: look.scheme ?? "light",
      reducedMotion: "reduce",
      bypassCSP: look.bypassCsp ?? false,
      locale: "en-IN",
      permissions: look.permissions ?? ["clipboard-read", "clipboard-write", "microphone"],
    });
    if (look.login?.cookie !== undefined)
      await context.addCookies([{ name: "parley_session", value: look.login.cookie, url: this.url }]);
    context.setDefaultTimeout(15_000);
    return context;
  }

  async page(look: Look = {}): Promise<Page> {
    return this.watched(await (await this.context(look)).newPage());
  }

  // Opens `path` and waits for its heading.
  async open(path: string, look: Look = {}): Promise<Page> {
    const page = await this.page(look);
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    return page;
  }

  // Nothing of the page says any more that it is being loaded. (Pages listen to live events, so the network is never
  // idle.)
  async settled(page: Page): Promise<void> {
    await page.getByRole("status").filter({ hasText: "Loading…" }).first().waitFor({ state: "detached" });
  }

  // What went wrong in any page since it was asked last.
  takeFaults(): string[] {
    return this.faults.splice(0);
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  private watched(page: Page): Page {
    page.on("pageerror", (error) => this.faults.push(`${page.url()}: ${error.stack ?? error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !isRefusal(message.text())) this.faults.push(`${page.url()}: ${message.text()}`);
    });
    return page;
  }
}

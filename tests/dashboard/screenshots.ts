// Every page in light and dark at two widths, into dashboard/screenshots. Run by scripts/screenshots.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../control/support/server.js";
import { Dashboard } from "./support/browser.js";
import { runningCall, startWorld } from "./support/world.js";

const wanted = process.argv.slice(2);
const directory = join(repositoryRoot, "dashboard", "screenshots");
mkdirSync(directory, { recursive: true });

const world = await startWorld();
const dashboard = await Dashboard.launch(world.server.url);
const { caller, call } = await runningCall(world);
const pages = {
  ...world.pages,
  call_live: `/calls/${call.id}`,
  agent_stages: `${world.pages["agent"]}?tab=stages`,
  agent_yaml: `${world.pages["agent"]}?tab=yaml`,
  agent_versions: `${world.pages["agent"]}?tab=versions`,
  login: "/login",
};
try {
  for (const [name, path] of Object.entries(pages)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const scheme of ["light", "dark"] as const) {
      for (const width of [1440, 375]) {
        const page = await dashboard.open(path, { width, height: width < 600 ? 812 : 900, scheme });
        await dashboard.settled(page);
        await page.evaluate("new Promise((done) => setTimeout(done, 700))"); // waveforms and graphs are drawn late
        await page.screenshot({ path: join(directory, `${name}-${scheme}-${width}.png`), fullPage: true });
        await page.context().close();
      }
    }
    console.log(`screenshots: ${name}`);
  }
  for (const fault of dashboard.takeFaults()) console.error(fault);
} finally {
  await caller.hangUp();
  await dashboard.close();
  await world.server.stop();
}

// axe-core on a page as it stands. Only what keeps people out counts: serious and critical findings.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  impact: string;
  help: string;
  nodes: Array<{ target: string[]; failureSummary: string }>;
}

// One line for each fault: the rule, what it is about, where.
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(source);
  const violations = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations)")) as Violation[];
  return violations
    .filter((violation) => violation.impact === "serious" || violation.impact === "critical")
    .flatMap((violation) =>
      violation.nodes.map((node) => `${violation.id} (${violation.help}): ${node.target.join(" ")}: ${node.failureSummary.replaceAll("\n", " ")}`),
    );
}

// By how many pixels the page is wider than its window.
export function overflow(page: Page): Promise<number> {
  return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") as Promise<number>;
}

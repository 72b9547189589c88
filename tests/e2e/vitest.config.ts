import { defineConfig } from "vitest/config";

// Calls last as long as calls last, so the tests mostly wait: many run side by side, on few processes.
export default defineConfig({
  test: {
    include: ["*.test.ts"],
    pool: "forks",
    poolOptions: { forks: { minForks: 1, maxForks: 2 } },
    maxConcurrency: 6,
    testTimeout: 40_000,
    hookTimeout: 30_000,
    reporters: process.env["E2E_REPORT"] ? ["default", "json"] : ["default"],
    ...(process.env["E2E_REPORT"] ? { outputFile: { json: process.env["E2E_REPORT"] } } : {}),
  },
});

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
    reporters: process.env["PARLEY_VITEST_JSON"] ? ["default", "json"] : ["default"],
    ...(process.env["PARLEY_VITEST_JSON"] ? { outputFile: { json: process.env["PARLEY_VITEST_JSON"] } } : {}),
  },
});

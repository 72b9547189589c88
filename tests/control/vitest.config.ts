import { defineConfig } from "vitest/config";

// Each file has servers of its own on free ports.
export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    pool: "forks",
    poolOptions: { forks: { minForks: 1, maxForks: 2 } },
    maxConcurrency: 6,
    testTimeout: 40_000,
    hookTimeout: 30_000,
    reporters: process.env["E2E_REPORT"] ? ["default", "json"] : ["default"],
    ...(process.env["E2E_REPORT"] ? { outputFile: { json: process.env["E2E_REPORT"] } } : {}),
  },
});

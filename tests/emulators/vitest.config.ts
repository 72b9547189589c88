import { defineConfig } from "vitest/config";

// Each file starts an emulator of its own; the keys of its tests keep them apart within it.
export default defineConfig({
  test: {
    include: ["*.test.ts"],
    pool: "forks",
    poolOptions: { forks: { minForks: 1, maxForks: 2 } },
    maxConcurrency: 6,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    reporters: process.env["E2E_REPORT"] ? ["default", "json"] : ["default"],
    ...(process.env["E2E_REPORT"] ? { outputFile: { json: process.env["E2E_REPORT"] } } : {}),
  },
});

import { defineConfig } from "vitest/config";

// Each file has a server and an emulator of its own on free ports; its calls run beside each other.
export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    pool: "forks",
    poolOptions: { forks: { minForks: 1, maxForks: 2 } },
    maxConcurrency: 12,
    testTimeout: 60_000,
    hookTimeout: 40_000,
    reporters: process.env["E2E_REPORT"] ? ["default", "json"] : ["default"],
    ...(process.env["E2E_REPORT"] ? { outputFile: { json: process.env["E2E_REPORT"] } } : {}),
  },
});

import { defineConfig } from "vitest/config";

// Each file has a server and a browser of its own.
export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    pool: "forks",
    poolOptions: { forks: { minForks: 1, maxForks: 2 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: process.env["E2E_REPORT"] ? ["default", "json"] : ["default"],
    ...(process.env["E2E_REPORT"] ? { outputFile: { json: process.env["E2E_REPORT"] } } : {}),
  },
});

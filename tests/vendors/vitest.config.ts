import { defineConfig } from "vitest/config";

// Calls mostly wait, so many are held side by side within a file; the files follow each other, because each of them
// wants the processor for itself: every sound is spoken and recognised for real.
export default defineConfig({
  test: {
    include: ["*.test.ts"],
    pool: "forks",
    poolOptions: { forks: { minForks: 1, maxForks: 1 } },
    maxConcurrency: Number(process.env["E2E_CALLS"] ?? 16),
    testTimeout: 60_000,
    hookTimeout: 30_000,
    reporters: process.env["E2E_REPORT"] ? ["default", "json"] : ["default"],
    ...(process.env["E2E_REPORT"] ? { outputFile: { json: process.env["E2E_REPORT"] } } : {}),
  },
});

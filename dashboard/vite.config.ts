import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `npm run dev` serves the dashboard with hot reload beside a server that runs at DASHBOARD_SERVER.
const server = process.env.DASHBOARD_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2022",
    // The server embeds this folder; it compresses the files itself.
    outDir: process.env.DASHBOARD_OUT ?? "dist",
    emptyOutDir: true,
    reportCompressedSize: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800, // of minified script; what is loaded first is held to 300 kB compressed by a test
    rollupOptions: {
      output: {
        // Named by their page, so that a list of what is loaded can be read.
        chunkFileNames: (chunk) => {
          const page = /\/pages\/(\w+)\/index\.tsx$/.exec(chunk.facadeModuleId ?? "")?.[1];
          return `assets/${page ? `page-${page}` : "[name]"}-[hash].js`;
        },
        // What changes seldom stays in browsers' caches over updates.
        manualChunks: { vendor: ["react", "react-dom", "@mantine/core", "@tanstack/react-query", "@tanstack/react-router"] },
      },
    },
  },
  server: {
    port: 5173,
    proxy: { "/api/": { target: server, ws: true }, "/healthz": server },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    reporters: process.env.E2E_REPORT ? ["default", "json"] : ["default"],
    ...(process.env.E2E_REPORT ? { outputFile: { json: process.env.E2E_REPORT } } : {}),
  },
});

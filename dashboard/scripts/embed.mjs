// node scripts/embed.mjs DIRECTORY
//
// Builds the dashboard and writes DIRECTORY/dashboard.bin, all files one after the other and each also compressed, and
// DIRECTORY/embedded_dashboard.cpp, which says where each lies. CMake runs it when a source has changed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = process.argv[2];
if (!target) throw new Error("embed.mjs needs the directory to write to");

const vite = join(here, "node_modules/vite/bin/vite.js");
if (!existsSync(vite)) {
  console.error("the dashboard's packages are missing: run scripts/setup");
  process.exit(1);
}
const dist = join(target, "dist");
mkdirSync(target, { recursive: true });
const run = (...command) =>
  execFileSync(process.execPath, command, {
    cwd: here,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, DASHBOARD_OUT: dist, NODE_ENV: "production" },
  });
run("scripts/api_client.mjs");
run(vite, "build", "--logLevel", "warn");

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .sort();

const chunks = [];
let offset = 0;
const put = (bytes) => {
  chunks.push(bytes);
  const view = `{kBlob + ${offset}, ${bytes.length}}`;
  offset += bytes.length;
  return view;
};

const rows = files.map((file) => {
  const path = `/${relative(dist, file).replaceAll("\\", "/")}`;
  const type = types[extname(file)];
  if (!type) throw new Error(`no content type is known for ${path}`);
  const bytes = readFileSync(file);
  const smaller = (packed) => (packed.length < bytes.length * 0.9 ? put(packed) : "{}");
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  const etag = createHash("sha256").update(bytes).digest("hex").slice(0, 20);
  return (
    `      {.path = ${JSON.stringify(path)}, .content_type = ${JSON.stringify(type)}, .etag = "${etag}", ` +
    `.plain = ${put(bytes)}, .gzip = ${smaller(gzipSync(bytes, { level: 9 }))}, .brotli = ${smaller(brotli)}},`
  );
});

const blob = join(target, "dashboard.bin");
writeFileSync(blob, Buffer.concat(chunks));
writeFileSync(
  join(target, "embedded_dashboard.cpp"),
  `// Made by dashboard/scripts/embed.mjs.
#include "api/dashboard_files.hpp"

asm(".section .rodata\\n"
    ".global parley_dashboard_blob\\n"
    "parley_dashboard_blob:\\n"
    ".incbin ${JSON.stringify(blob).replaceAll('"', '\\"')}\\n"
    ".previous\\n");
extern "C" const char parley_dashboard_blob[];

namespace parley::api {

std::span<const DashboardFile> embedded_dashboard() {
  static const char* const kBlob = parley_dashboard_blob;
  static const DashboardFile kFiles[] = {
${rows.join("\n")}
  };
  return kFiles;
}

}  // namespace parley::api
`,
);

// The emulator as a program. The first line of stdout is one JSON object with all addresses; it ends when stdin closes or
// with SIGTERM. --latency published|none, --speech-worker FILE, --forever (a closed stdin does not end it), --hears TEXT
// (every recogniser does, at once), --handshake-ms N (new connections are answered so much later).
import { parseArgs } from "node:util";
import { Emulator } from "./core/emulator.js";

const { values } = parseArgs({
  options: {
    latency: { type: "string" },
    "speech-worker": { type: "string" },
    forever: { type: "boolean" },
    hears: { type: "string" },
    "handshake-ms": { type: "string" },
  },
});

try {
  const emulator = await Emulator.start({
    ...(values.latency !== undefined ? { latency: values.latency } : {}),
    ...(values.hears !== undefined ? { hears: values.hears } : {}),
    ...(values["handshake-ms"] !== undefined ? { handshakeMs: Number(values["handshake-ms"]) } : {}),
    ...(values["speech-worker"] !== undefined ? { speechWorker: values["speech-worker"] } : {}),
  });
  process.stdout.write(`${JSON.stringify(emulator.addresses)}\n`);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void emulator.stop().then(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  if (!values.forever) process.stdin.resume().once("end", stop).once("error", stop);
} catch (error) {
  process.stderr.write(`emulators: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

// The measurements behind docs/performance.md; started by scripts/bench, which has built the programs.
// The server is pinned to the first core, the callers (and this script) to the others.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const quick = process.argv.includes('--quick');
const verbose = process.argv.includes('--verbose');
// Before other programs, yet with the threads of the server in fair turn among themselves, as on an idle machine: real
// time priority would let the file thread hold the core for a tenth of a second. With autogroups, niceness only counts
// within a session, so each program gets a session and the session the priority.
const raise = 'echo -20 2>/dev/null >/proc/self/autogroup; exec nice -n -20 "$@"';
const priority = process.argv.includes('--priority') ? ['sh', '-c', raise, 'sh'] : [];
const repeats = quick ? 1 : 3;
const measureSeconds = 6;
const build = process.argv[process.argv.indexOf('--build-dir') + 1];
const parley = path.resolve(build, 'parley');
const floorProgram = path.resolve(build, 'bench/parley_echo_floor');
const callerCores = os.cpus().length > 2 ? `1-${os.cpus().length - 1}` : '1';
const work = mkdtempSync(path.join(os.tmpdir(), 'parley-bench-'));
const run = promisify(execFile);
let running = null;

const say = (text) => process.stderr.write(`bench: ${text}\n`);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function stopEverything() {
  if (running) running.kill('SIGKILL');
  rmSync(work, { recursive: true, force: true });
}
process.on('exit', stopEverything);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

// ── Servers ──────────────────────────────────────────────────────────────────────────────────────────────────────

// Starts a program on the first core and waits for the line that names its port.
async function start(program, args, line, environment = {}) {
  const began = process.hrtime.bigint();
  const [command, ...rest] = [...priority, 'taskset', '-c', '0', program, ...args];
  const child = spawn(command, rest, {
    detached: true,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  let errors = '';
  child.stderr.on('data', (data) => (errors = (errors + data).slice(-4000)));
  let output = '';
  const port = await new Promise((resolve, reject) => {
    child.stdout.on('data', (data) => {
      output += data;
      const found = output.match(line);
      if (found) resolve(Number(found[1]));
    });
    child.on('exit', (code) => reject(new Error(`${program} ended with ${code}: ${errors}`)));
  });
  const readyMs = Number(process.hrtime.bigint() - began) / 1e6;
  // The programs in front replace themselves by the program: the process is the same.
  return { child, port, readyMs, pid: child.pid, url: `ws://127.0.0.1:${port}/media`, errors: () => errors };
}

let dataNumber = 0;
async function startParley(environment = {}) {
  const data = path.join(work, `data-${++dataNumber}`);
  const args = ['serve', '--agent', 'bench', '--max-calls', '5000', '--host', '127.0.0.1', '--port', '0'];
  const server = await start(parley, [...args, '--data-dir', data, '--log-level', 'warn'], /listening on \S+:(\d+)/, {
    PARLEY_SHARDS: '1',
    ...environment,
  });
  return { ...server, data };
}

async function stop(server) {
  const ended = new Promise((resolve) => server.child.on('exit', resolve));
  server.child.removeAllListeners('exit');
  server.child.on('exit', () => {});
  const gone = new Promise((resolve) => server.child.once('close', resolve));
  server.child.kill('SIGKILL');
  await Promise.race([ended, gone]);
  running = null;
  if (server.data) rmSync(server.data, { recursive: true, force: true });
}

function residentKib(pid) {
  return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]);
}

async function metrics(server) {
  const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  const buckets = new Map();
  let late = 0;
  for (const line of text.split('\n')) {
    const found = line.match(/^(\w+?)(_bucket)?(?:\{(.*)\})? (\S+)$/);
    if (!found) continue;
    if (found[1] === 'parley_late_frames_total') late += Number(found[4]);
    const bound = found[2] && found[3].match(/le="([^"]+)"/);
    if (!bound) continue;
    if (!buckets.has(found[1])) buckets.set(found[1], []);
    buckets.get(found[1]).push([bound[1] === '+Inf' ? Infinity : Number(bound[1]), Number(found[4])]);
  }
  return { late, buckets };
}

// The upper bound, in milliseconds, of the bucket in which the quantile of what was observed in between lies.
function quantileMs(before, after, name, part) {
  const old = before.buckets.get(name);
  const counts = (after.buckets.get(name) ?? []).map(([bound, count], i) => [bound, count - (old ? old[i][1] : 0)]);
  const total = counts.length ? counts[counts.length - 1][1] : 0;
  if (total === 0) return NaN;
  return counts.find(([, count]) => count >= part * total)[0] * 1000;
}

// ── One run of callers ───────────────────────────────────────────────────────────────────────────────────────────

async function callers(server, calls, options = {}) {
  const { piece = 20, echo = false, burst = 0, seconds = measureSeconds } = options;
  const args = ['bench', server.url, '--calls', calls, '--burst', burst, '--piece', `${piece}ms`];
  args.push('--ramp', `${Math.max(1, Math.ceil(calls / 1000))}s`, '--settle', '4s', '--measure', `${seconds}s`);
  args.push('--server-pid', server.pid, '-o', 'json');
  if (echo) args.push('--echo');
  const [command, ...rest] = [...priority, 'taskset', '-c', callerCores, parley, ...args.map(String)];
  const before = usage(server.pid);
  const ran = await run(command, rest, { maxBuffer: 1 << 24, detached: true }).catch((error) => error);
  if (!ran.stdout) throw new Error(`parley bench: ${ran.stderr || ran}`);
  const after = usage(server.pid);
  const others = (after.core - before.core - (after.server - before.server)) / (after.at - before.at);
  worstOthers = Math.max(worstOthers, others);
  return { ...JSON.parse(ran.stdout), others };
}

// Seconds that the server's core was busy, and those of the server. What the core did besides (other programs, the
// kernel writing recordings out) is told, for it takes calls from the server.
let worstOthers = 0;
function usage(pid) {
  const core = readFileSync('/proc/stat', 'utf8').match(/^cpu0 (.*)$/m)[1].split(' ').map(Number);
  const own = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ').map(Number);
  const [user, nice, system, , , interrupt, soft, steal] = core;
  const busy = user + nice + system + interrupt + soft + steal;
  return { core: busy / 100, server: (own[11] + own[12]) / 100, at: Date.now() / 1000 };
}

// A fresh server, so many calls, and everything that is known about them afterwards.
async function step(calls, options = {}) {
  const server = await startParley(options.environment);
  await sleep(200);
  const idleKib = residentKib(server.pid);
  const before = await metrics(server);
  const outcome = await callers(server, calls, options);
  await sleep(300); // the last calls are being closed; their late frames are counted then
  const after = await metrics(server);
  const result = {
    ...outcome,
    idleKib,
    readyMs: server.readyMs,
    late: after.late,
    kibPerCall: (outcome.server_memory_kib - idleKib) / (calls + (options.burst ?? 0)),
    load: outcome.server_processor_seconds / outcome.seconds,
    perCall: outcome.server_processor_seconds / outcome.seconds / calls,
    shareP50: quantileMs(before, after, 'parley_response_seconds', 0.5),
    shareP99: quantileMs(before, after, 'parley_response_seconds', 0.99),
    clearP99: quantileMs(before, after, 'parley_clear_seconds', 0.99),
    greetingP99: quantileMs(before, after, 'parley_greeting_seconds', 0.99),
  };
  result.good = outcome.held && after.late === 0;
  await stop(server);
  const { running: r } = outcome;
  say(
    `${calls} calls${options.burst ? ` + ${options.burst}` : ''}, ${options.piece ?? 20} ms: ` +
      `${result.good ? 'held' : 'FELL BEHIND'}; core ${(100 * result.load).toFixed(0)} % ` +
      `(others on it ${(100 * outcome.others).toFixed(0)} %), ` +
      `callers' ${((100 * outcome.client_processor_seconds) / outcome.seconds).toFixed(0)} %, late ${result.late}, ` +
      `holes ${r.holes + outcome.burst.holes}, missed ${r.missed_turns + outcome.burst.missed_turns} of ${r.turns}, ` +
      `refused ${outcome.refused}, lost ${outcome.lost}, share p99 <= ${result.shareP99.toFixed(2)} ms, ` +
      `pacing p99 ${r.pacing_ms.p99.toFixed(1)} ms, own lag p99 ${outcome.client_lag_ms.p99.toFixed(1)} ms`,
  );
  if (verbose) say(JSON.stringify(result));
  return result;
}

// The most calls, to 5 %, that pass without a late frame, a hole or a missed turn. `near`: what the run before found.
async function capacity(options, near) {
  const round = (n) => Math.round(n / 10) * 10;
  const probe = await step(near ?? (quick ? 300 : 800), options);
  let low = probe.good ? probe : null;
  let high = probe.good ? null : probe;
  // What one call costs tells where to look; the cost of a call falls as the loop fills.
  for (let steps = 0; steps < (near ? 2 : quick ? 3 : 5); ++steps) {
    let next;
    if (!low) next = round(high.calls * (near ? 0.9 : 0.6));
    else if (!high) next = round(near ? low.calls * 1.06 : Math.min(low.calls * 3, Math.max(low.calls * 1.15, 0.95 / low.perCall)));
    else next = round((low.calls + high.calls) / 2);
    if (low && high && high.calls - low.calls <= Math.max(10, 0.05 * low.calls)) break;
    if (next > 4500) break;
    const result = await step(next, options);
    if (result.good) low = result;
    else high = result;
  }
  return low ?? { calls: 0, perCall: NaN, kibPerCall: NaN };
}

async function floor(calls, piece) {
  const server = await start(floorProgram, [], /listening (\d+)/);
  const outcome = await callers(server, calls, { piece, echo: true, seconds: 5 });
  await stop(server);
  const perCall = outcome.server_processor_seconds / outcome.seconds / calls;
  say(`bare echo server, ${calls} calls, ${piece} ms: ${(100 * perCall * calls).toFixed(0)} % of the core`);
  return perCall;
}

// ── The table ────────────────────────────────────────────────────────────────────────────────────────────────────

const rows = [];
function row(what, goal, values, digits = 0) {
  const known = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  const text = (value) => (value === undefined ? '–' : value.toFixed(digits));
  const median = known[Math.floor((known.length - 1) / 2)];
  rows.push(`| ${what} | ${goal} | ${text(known[0])} | ${text(median)} | ${text(known[known.length - 1])} |`);
}

async function startTimes() {
  const ready = [];
  const idle = [];
  for (let i = 0; i < (quick ? 3 : 7); ++i) {
    const server = await startParley();
    ready.push(server.readyMs);
    await sleep(200);
    idle.push(residentKib(server.pid) / 1024);
    await stop(server);
  }
  row('start to ready, ms', '≤ 100', ready);
  row('memory idle, MiB', '≤ 30', idle, 1);
}

async function capacities(piece, goal, environment, label) {
  const found = [];
  const floors = [];
  for (let i = 0; i < repeats; ++i) {
    const result = await capacity({ piece, environment }, found.length ? found[found.length - 1].calls || undefined : undefined);
    found.push(result);
    if (result.calls > 0) floors.push(await floor(result.calls, piece));
  }
  row(`calls on one core, ${label}`, goal, found.map((f) => f.calls));
  row(`processor ms per second of call at that load, ${label}`, '–', found.map((f) => f.perCall * 1000), 3);
  row(`the bare echo server's, ${piece} ms`, '–', floors.map((f) => f * 1000), 3);
  row(`ratio to the bare echo server, ${label}`, '–', found.filter((f) => f.calls > 0).map((f, i) => f.perCall / floors[i]), 2);
  row(`memory per call, KiB, ${label}`, '≤ 200', found.map((f) => f.kibPerCall));
  return found.map((f) => f.calls).sort((a, b) => a - b)[Math.floor((found.length - 1) / 2)];
}

async function latencies(most, perCall) {
  const all = [];
  for (let i = 0; i < repeats; ++i) all.push(await step(Math.max(10, Math.round(most)), { piece: 20, seconds: quick ? 6 : 10 }));
  row('load of the core in the rows below, %', '70', all.map((r) => r.load * 100));
  row("server's share of a turn, p50, ms (bucket's bound)", '≤ 2', all.map((r) => r.shareP50), 2);
  row("server's share of a turn, p99, ms (bucket's bound)", '≤ 10', all.map((r) => r.shareP99), 2);
  row('end of speech to answer as received, p50, ms', '–', all.map((r) => r.running.response_ms.p50));
  row('end of speech to answer as received, p99, ms', '–', all.map((r) => r.running.response_ms.p99));
  row("deciding frame to clear written, p99, ms (bucket's bound)", '≤ 5', all.map((r) => r.clearP99), 2);
  row('first voiced piece to clear received, p50, ms', '≤ 150', all.map((r) => r.running.clear_ms.p50));
  row('first voiced piece to clear received, p99, ms', '≤ 200', all.map((r) => r.running.clear_ms.p99));
  row('start to first greeting sample received, p99, ms', '≤ 20', all.map((r) => r.running.greeting_ms.p99), 1);
  row('pacing jitter as received, p99, ms', '≤ 5', all.map((r) => r.running.pacing_ms.p99), 1);
  row("callers' own lateness, p99, ms", '–', all.map((r) => r.client_lag_ms.p99), 1);
}

async function bursts() {
  const all = [];
  for (let i = 0; i < repeats; ++i) all.push(await step(200, { piece: 20, burst: 500, seconds: 5 }));
  row('500 calls in one second beside 200: late frames and holes', '0', all.map((r) => r.late + r.running.holes + r.burst.holes));
  row('… turns missed or calls refused', '0', all.map((r) => r.running.missed_turns + r.burst.missed_turns + r.refused + r.lost));
  row('… start to first greeting sample of the 500, p99, ms', '–', all.map((r) => r.burst.greeting_ms.p99), 1);
  row('… pacing jitter of the 200, p99, ms', '–', all.map((r) => r.running.pacing_ms.p99), 1);
}

async function main() {
  const cpu = os.cpus();
  const began = Date.now();
  say(`${cpu.length} × ${cpu[0].model}, Linux ${os.release()}, load ${os.loadavg()[0].toFixed(2)}`);
  await startTimes();
  const twenty = await capacities(20, '≥ 1,000', {}, 'pieces of 20 ms');
  const probe = await step(Math.max(10, Math.round(twenty * 0.7)), { piece: 20 });
  await latencies((probe.calls * 0.7) / probe.load);
  await bursts();
  if (!quick) await capacities(100, '≥ 2,000', {}, 'pieces of 100 ms');
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpu.length} cores of ${cpu[0].model}, Linux ${os.release()}, ` +
      `8 kHz, ${repeats} ${repeats === 1 ? 'run' : 'runs'}, ${Math.round((Date.now() - began) / 1000)} s, ` +
      `other work on the server's core at worst ${(100 * worstOthers).toFixed(0)} % of a step\n`,
  );
  console.log('| What | Goal | Least | Median | Most |\n|---|---|---:|---:|---:|');
  console.log(rows.join('\n'));
}

main().then(
  () => process.exit(0),
  (error) => {
    say(error.message);
    process.exit(1);
  },
);

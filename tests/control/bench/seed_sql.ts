// The SQL that fills a call log, in both dialects: the rows are computed inside the database from the call's number, so
// that both have the same ones. Calls are spread over a year that ends at `end`.
import { kMiddlingWord, kRareWord, kSentences, sentences } from "./words.js";

export type Dialect = "sqlite" | "postgres";

export const kTables = ["sessions", "calls", "turns", "events", "usage"];
export const kAgents = 20;
export const kOwnNumbers = 50;
export const kCallers = 200_000;
const kYearMs = 365 * 86_400_000;

export interface Log {
  rows: number;
  end: number; // milliseconds since 1970
}

export const callId = (i: number) => `01B${String(i).padStart(23, "0")}`;
export const startedAt = (log: Log, i: number) => log.end - (log.rows - i) * Math.floor(kYearMs / log.rows);
export const agentName = (n: number) => `agent-${String(n).padStart(2, "0")}`;
export const ownNumber = (n: number) => `+91803075${1000 + n}`;
export const callerNumber = (n: number) => `+919${100_000_000 + n * 4001}`;

// Steps of different primes through the same prime: as good as chance, and the same in both databases.
const kPrime = 2147483647;
const chance = (step: number, of: number, i = "i") => `((${i} * ${step}) % ${kPrime}) % ${of}`;

function calls(dialect: Dialect, log: Log, from: number, to: number): string {
  const padded = (expression: string, digits: number) =>
    dialect === "sqlite"
      ? `substr('${"0".repeat(digits)}' || (${expression}), -${digits})`
      : `lpad((${expression})::text, ${digits}, '0')`;
  const series =
    dialect === "sqlite"
      ? `(SELECT value AS i FROM generate_series(${from}, ${to}))`
      : `(SELECT g AS i FROM generate_series(${from}::bigint, ${to}::bigint) AS s (g)) AS n`;
  const kinds = chance(1610612741, 100);
  return `(SELECT i, '01B' || ${padded("i", 23)} AS id,
    'agent-' || ${padded(`(${chance(805306457, kAgents)}) * (${chance(402653189, kAgents)}) / ${kAgents}`, 2)} AS agent,
    '9' || (100000000 + (${chance(1500450271, kCallers)}) * 4001) AS caller,
    '803075' || (1000 + ${chance(201326611, kOwnNumbers)}) AS called,
    ${log.end} - (${log.rows} - i) * ${Math.floor(kYearMs / log.rows)} AS started,
    20000 + ${chance(100663319, 160_000)} AS duration,
    CASE WHEN ${kinds} < 93 THEN 'completed' WHEN ${kinds} < 96 THEN 'failed' ELSE 'interrupted' END AS state,
    CASE WHEN ${kinds} < 60 THEN 'caller hung up' WHEN ${kinds} < 93 THEN 'goodbye' WHEN ${kinds} < 96 THEN 'stream lost'
      ELSE 'the server was stopped' END AS reason,
    CASE WHEN ${chance(50331653, 33)} = 0 THEN 1 ELSE 0 END AS escalated,
    1 + ${chance(25165843, 3)} AS exchanges
  FROM ${series}) ${dialect === "sqlite" ? "" : "AS c"}`;
}

/** Temporary words that the turns are made of. */
export function wordStatements(dialect: Dialect): string[] {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const rows = sentences().map(({ caller, agent }, k) => `(${k}, ${quoted(caller)}, ${quoted(agent)})`);
  return [
    `CREATE ${dialect === "sqlite" ? "TEMP" : "UNLOGGED"} TABLE seed_words (k BIGINT PRIMARY KEY, caller TEXT NOT NULL, agent TEXT NOT NULL)`,
    `INSERT INTO seed_words VALUES ${rows.join(",\n")}`,
  ];
}

/** The calls from one number to another with all that belongs to them. Words must be there. */
export function rowStatements(dialect: Dialect, log: Log, from: number, to: number): string[] {
  const some = calls(dialect, log, from, to);
  const list = (column: string, values: string) =>
    `(SELECT ${values.split(",").map((value, n) => (n === 0 ? `${value} AS ${column}` : value)).join(" UNION ALL SELECT ")}) AS ${column}s`;
  return [
    `INSERT INTO sessions (workspace_id, id, channel, agent, agent_version, carrier_call_id, caller, ended, created_at, updated_at)
     SELECT 'default', id, 'phone', agent, '0f3c2a9d51b7e684', 'carrier-' || i, '+91' || caller, 1, started, started + duration FROM ${some}`,
    `INSERT INTO calls (id, workspace_id, session_id, direction, node, carrier, carrier_call_id, stream_id, account_id, phone_id,
       agent, agent_version, from_number, to_number, from_key, to_key, sample_rate_hz, started_at, status, end_reason, ended_at,
       duration_ms, escalation_requested)
     SELECT id, 'default', id, 'inbound', 'seed', 'exotel', 'carrier-' || i, 'stream-' || i, 'acme1', '', agent,
       '0f3c2a9d51b7e684', '+91' || caller, '+91' || called, caller, called, 8000, started, state, reason, started + duration,
       duration, escalated FROM ${some}`,
    // Turn 0 is the greeting.
    `INSERT INTO turns (call_id, number, caller_text, agent_text, agent_heard, interrupted, input_kind, started_at, start_ms,
       end_ms, endpoint_ms, transcript_ms, first_token_ms, first_audio_ms, sent_ms)
     SELECT id, t, CASE WHEN t = 0 THEN '' ELSE w.caller || ' number ' || (${chance(12582917, 900_000, "(i + t)")} + 100000)
         || CASE WHEN t = 1 AND ${chance(6291469, 67)} = 0 THEN ' ${kMiddlingWord}' ELSE '' END
         || CASE WHEN t = 1 AND i % 50000 = 7 THEN ' ${kRareWord}' ELSE '' END END,
       CASE WHEN t = 0 THEN 'Hello, how can I help?' ELSE w.agent END, CASE WHEN t = 0 THEN 'Hello, how can I help?' ELSE w.agent END,
       0, CASE WHEN t = 0 THEN 'greeting' ELSE 'speech' END, started + t * 6000, t * 6000, t * 6000 + 5000,
       CASE WHEN t = 0 THEN NULL ELSE 605.5 END, CASE WHEN t = 0 THEN NULL ELSE 640.2 END, CASE WHEN t = 0 THEN NULL ELSE 990.7 END,
       CASE WHEN t = 0 THEN 2.1 ELSE 1230.4 END, CASE WHEN t = 0 THEN 3.2 ELSE 1231.0 END
     FROM ${some} CROSS JOIN ${list("t", "0,1,2,3")} CROSS JOIN seed_words w
     WHERE t <= exchanges AND w.k = ${chance(3145739, kSentences, "(i * 4 + t)")}`,
    `INSERT INTO events (event_id, call_id, at, offset_ms, kind, detail)
     SELECT id || '-' || e, id, started + e * duration / 2, e * duration / 2, CASE e WHEN 0 THEN 'started' WHEN 2 THEN 'ended' ELSE 'escalation' END,
       CASE e WHEN 2 THEN reason ELSE '' END
     FROM ${some} CROSS JOIN ${list("e", "0,1,2")} WHERE e <> 1 OR escalated = 1`,
    `INSERT INTO usage (call_id, turn, part, vendor, model, input_tokens, cached_input_tokens, output_tokens, audio_input_tokens,
       cached_audio_input_tokens, audio_output_tokens, characters, audio_seconds, estimated, cost_micros, currency, price_as_of)
     SELECT id, t, CASE p WHEN 0 THEN 'llm' WHEN 1 THEN 'stt' ELSE 'tts' END, CASE p WHEN 0 THEN 'openai' WHEN 1 THEN 'deepgram' ELSE 'elevenlabs' END,
       CASE p WHEN 0 THEN 'gpt-4.1-mini' WHEN 1 THEN 'nova-3' ELSE 'eleven_flash_v2_5' END,
       CASE p WHEN 0 THEN 900 ELSE 0 END, 0, CASE p WHEN 0 THEN 40 ELSE 0 END, 0, 0, 0, CASE p WHEN 2 THEN 120 ELSE 0 END,
       CASE p WHEN 1 THEN 3.5 ELSE 0 END, 0, 300 + ${chance(1572869, 500)}, 'USD', '2026-11-01'
     FROM ${some} CROSS JOIN ${list("t", "0,1,2,3")} CROSS JOIN ${list("p", "0,1,2")}
     WHERE t <= exchanges AND (t > 0 OR p = 2)`,
  ];
}

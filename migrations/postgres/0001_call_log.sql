-- The call log. Times ending in _at are milliseconds since 1970-01-01 UTC; those ending in _ms are durations or places
-- on the call's own clock. Empty text means "not known"; a latency that did not happen is NULL. Truths are 0 and 1, as
-- in SQLite. Texts compare by their bytes, so that ids and pages sort alike whatever the database's language is.

CREATE TABLE sessions (
  workspace_id    TEXT COLLATE "C" NOT NULL,
  id              TEXT COLLATE "C" NOT NULL,
  channel         TEXT COLLATE "C" NOT NULL,
  agent           TEXT COLLATE "C" NOT NULL,
  agent_version   TEXT COLLATE "C" NOT NULL,
  agent_text      TEXT COLLATE "C" NOT NULL DEFAULT '',
  carrier_call_id TEXT COLLATE "C" NOT NULL DEFAULT '',
  caller          TEXT COLLATE "C" NOT NULL DEFAULT '',
  ended           BIGINT NOT NULL DEFAULT 0,
  messages        BIGINT NOT NULL DEFAULT 0,
  created_at      BIGINT NOT NULL,
  updated_at      BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, id)
);

-- from_key and to_key are the last ten digits: a number is found however it is written.
CREATE TABLE calls (
  id                   TEXT COLLATE "C" PRIMARY KEY,
  workspace_id         TEXT COLLATE "C" NOT NULL,
  session_id           TEXT COLLATE "C" NOT NULL,
  direction            TEXT COLLATE "C" NOT NULL,
  node                 TEXT COLLATE "C" NOT NULL,
  carrier              TEXT COLLATE "C" NOT NULL,
  carrier_call_id      TEXT COLLATE "C" NOT NULL,
  stream_id            TEXT COLLATE "C" NOT NULL,
  account_id           TEXT COLLATE "C" NOT NULL,
  phone_id             TEXT COLLATE "C" NOT NULL,
  agent                TEXT COLLATE "C" NOT NULL,
  agent_version        TEXT COLLATE "C" NOT NULL,
  from_number          TEXT COLLATE "C" NOT NULL,
  to_number            TEXT COLLATE "C" NOT NULL,
  from_key             TEXT COLLATE "C" NOT NULL,
  to_key               TEXT COLLATE "C" NOT NULL,
  sample_rate_hz       BIGINT NOT NULL,
  started_at           BIGINT NOT NULL,
  status               TEXT COLLATE "C" NOT NULL DEFAULT 'in_progress'
                       CHECK (status IN ('in_progress', 'completed', 'failed', 'interrupted')),
  end_reason           TEXT COLLATE "C" NOT NULL DEFAULT '',
  ended_at             BIGINT NOT NULL DEFAULT 0,
  duration_ms          BIGINT NOT NULL DEFAULT 0,
  escalation_requested BIGINT NOT NULL DEFAULT 0,
  FOREIGN KEY (workspace_id, session_id) REFERENCES sessions (workspace_id, id)
);

-- Every listing is newest first within one workspace and by at most one of these; the rest is looked at row by row.
CREATE INDEX calls_by_id ON calls (workspace_id, id);
CREATE INDEX calls_by_time ON calls (workspace_id, started_at, id);
CREATE INDEX calls_by_agent ON calls (workspace_id, agent, started_at, id);
CREATE INDEX calls_by_status ON calls (workspace_id, status, started_at, id);
CREATE INDEX calls_by_agent_and_status ON calls (workspace_id, agent, status, started_at, id);
CREATE INDEX calls_by_reason ON calls (workspace_id, end_reason, started_at, id);
CREATE INDEX calls_by_escalation ON calls (workspace_id, started_at, id) WHERE escalation_requested = 1;
CREATE INDEX calls_by_from ON calls (workspace_id, from_key, started_at, id);
CREATE INDEX calls_by_to ON calls (workspace_id, to_key, started_at, id);
CREATE INDEX calls_by_session ON calls (workspace_id, session_id, started_at, id);
CREATE INDEX calls_by_phone ON calls (workspace_id, phone_id, started_at, id);
CREATE INDEX calls_by_carrier_call_id ON calls (workspace_id, carrier_call_id, started_at, id);
CREATE INDEX calls_unfinished ON calls (node, started_at, id) WHERE status = 'in_progress';

-- `words` is searched. Punctuation becomes space first: the parser would take "b.com" or "x-y" for one word. A text of
-- more than a megabyte would be refused.
CREATE TABLE turns (
  id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  call_id        TEXT COLLATE "C" NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
  number         BIGINT NOT NULL,
  caller_text    TEXT COLLATE "C" NOT NULL,
  agent_text     TEXT COLLATE "C" NOT NULL,
  agent_heard    TEXT COLLATE "C" NOT NULL,
  interrupted    BIGINT NOT NULL,
  input_kind     TEXT COLLATE "C" NOT NULL,
  started_at     BIGINT NOT NULL,
  start_ms       BIGINT NOT NULL,
  end_ms         BIGINT NOT NULL,
  agent_start_ms BIGINT NOT NULL DEFAULT -1,
  endpoint_ms    DOUBLE PRECISION,
  transcript_ms  DOUBLE PRECISION,
  first_token_ms DOUBLE PRECISION,
  first_audio_ms DOUBLE PRECISION,
  sent_ms        DOUBLE PRECISION,
  words          TSVECTOR GENERATED ALWAYS AS (to_tsvector('simple'::regconfig,
                   translate(left(caller_text, 60000) || ' ' || left(agent_heard, 60000),
                             '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                '))) STORED,
  UNIQUE (call_id, number)
);
CREATE INDEX turns_by_words ON turns USING gin (words);

-- An event's own id makes writing it twice writing it once; `id` keeps the order.
CREATE TABLE events (
  id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id  TEXT COLLATE "C" NOT NULL UNIQUE,
  call_id   TEXT COLLATE "C" NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
  at        BIGINT NOT NULL,
  offset_ms BIGINT NOT NULL,
  kind      TEXT COLLATE "C" NOT NULL,
  detail    TEXT COLLATE "C" NOT NULL
);
CREATE INDEX events_by_call ON events (call_id, id);

-- recorded: the file's own part of the row is known; stored_kind: the kind of store that has the whole of it.
CREATE TABLE recordings (
  call_id      TEXT COLLATE "C" PRIMARY KEY REFERENCES calls (id) ON DELETE CASCADE,
  path         TEXT COLLATE "C" NOT NULL,
  duration_ms  BIGINT NOT NULL,
  complete     BIGINT NOT NULL,
  recorded     BIGINT NOT NULL DEFAULT 1,
  blob_kind    TEXT COLLATE "C" NOT NULL DEFAULT '',
  blob_key     TEXT COLLATE "C" NOT NULL DEFAULT '',
  upload_token TEXT COLLATE "C" NOT NULL DEFAULT '',
  blob_bytes   BIGINT NOT NULL DEFAULT 0,
  stored_kind  TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX recordings_by_store ON recordings (stored_kind, call_id)
  WHERE path <> '' AND (complete = 1 OR upload_token <> '');
CREATE INDEX recordings_unfinished ON recordings (call_id) WHERE path <> '' AND complete = 0;
CREATE INDEX recordings_there ON recordings (call_id) WHERE path <> '' OR blob_key <> '';

-- Money is in millionths of the currency's unit; a cost that is not known is NULL.
CREATE TABLE usage (
  call_id                   TEXT COLLATE "C" NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
  turn                      BIGINT NOT NULL,
  part                      TEXT COLLATE "C" NOT NULL CHECK (part IN ('stt', 'llm', 'tts', 'sts', 'carrier')),
  vendor                    TEXT COLLATE "C" NOT NULL,
  model                     TEXT COLLATE "C" NOT NULL,
  input_tokens              BIGINT NOT NULL,
  cached_input_tokens       BIGINT NOT NULL,
  output_tokens             BIGINT NOT NULL,
  audio_input_tokens        BIGINT NOT NULL,
  cached_audio_input_tokens BIGINT NOT NULL,
  audio_output_tokens       BIGINT NOT NULL,
  characters                BIGINT NOT NULL,
  audio_seconds             DOUBLE PRECISION NOT NULL,
  estimated                 BIGINT NOT NULL,
  cost_micros               BIGINT,
  currency                  TEXT COLLATE "C" NOT NULL,
  price_as_of               TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (call_id, turn, part, vendor, model)
);

CREATE TABLE recording_transcripts (
  call_id  TEXT COLLATE "C" PRIMARY KEY REFERENCES calls (id) ON DELETE CASCADE,
  vendor   TEXT COLLATE "C" NOT NULL,
  model    TEXT COLLATE "C" NOT NULL,
  made_at  BIGINT NOT NULL,
  error    TEXT COLLATE "C" NOT NULL,
  segments TEXT COLLATE "C" NOT NULL
);

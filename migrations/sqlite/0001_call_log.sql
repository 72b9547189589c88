-- The call log. Times ending in _at are milliseconds since 1970-01-01 UTC; those ending in _ms are durations or places
-- on the call's own clock. Empty text means "not known"; a latency that did not happen is NULL.

CREATE TABLE sessions (
  id            TEXT PRIMARY KEY,
  channel       TEXT NOT NULL,
  agent         TEXT NOT NULL,
  agent_version TEXT NOT NULL,
  created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE calls (
  id                   TEXT PRIMARY KEY,
  session_id           TEXT NOT NULL REFERENCES sessions (id),
  carrier              TEXT NOT NULL,
  carrier_call_id      TEXT NOT NULL,
  stream_id            TEXT NOT NULL,
  account_id           TEXT NOT NULL,
  phone_id             TEXT NOT NULL,
  agent                TEXT NOT NULL,
  agent_version        TEXT NOT NULL,
  from_number          TEXT NOT NULL,
  to_number            TEXT NOT NULL,
  sample_rate_hz       INTEGER NOT NULL,
  started_at           INTEGER NOT NULL,
  status               TEXT NOT NULL DEFAULT 'in_progress'
                       CHECK (status IN ('in_progress', 'completed', 'failed', 'interrupted')),
  end_reason           TEXT NOT NULL DEFAULT '',
  ended_at             INTEGER NOT NULL DEFAULT 0,
  duration_ms          INTEGER NOT NULL DEFAULT 0,
  escalation_requested INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The listing is newest first, of all calls, of one agent, in one state, or both.
CREATE INDEX calls_by_time ON calls (started_at, id);
CREATE INDEX calls_by_agent ON calls (agent, started_at, id);
CREATE INDEX calls_by_status ON calls (status, started_at, id);
CREATE INDEX calls_by_agent_and_status ON calls (agent, status, started_at, id);
CREATE INDEX calls_by_carrier_call_id ON calls (carrier_call_id);
CREATE INDEX calls_by_session ON calls (session_id);

CREATE TABLE turns (
  call_id        TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
  number         INTEGER NOT NULL,
  caller_text    TEXT NOT NULL,
  agent_text     TEXT NOT NULL,
  agent_heard    TEXT NOT NULL,
  interrupted    INTEGER NOT NULL,
  input_kind     TEXT NOT NULL,
  started_at     INTEGER NOT NULL,
  start_ms       INTEGER NOT NULL,
  end_ms         INTEGER NOT NULL,
  endpoint_ms    REAL,
  transcript_ms  REAL,
  first_token_ms REAL,
  first_audio_ms REAL,
  sent_ms        REAL,
  PRIMARY KEY (call_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  id        INTEGER PRIMARY KEY,
  call_id   TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
  at        INTEGER NOT NULL,
  offset_ms INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  detail    TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_call ON events (call_id, id);

CREATE TABLE recordings (
  call_id     TEXT PRIMARY KEY REFERENCES calls (id) ON DELETE CASCADE,
  path        TEXT NOT NULL,
  duration_ms INTEGER NOT NULL,
  complete    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Workspaces, frozen agents, blobs, search. Foreign keys are off while a migration runs and checked at its end, so that
-- tables others refer to can be made anew.

CREATE TABLE sessions_new (
  workspace_id    TEXT NOT NULL,
  id              TEXT NOT NULL,
  channel         TEXT NOT NULL,
  agent           TEXT NOT NULL,
  agent_version   TEXT NOT NULL,
  agent_text      TEXT NOT NULL DEFAULT '',
  carrier_call_id TEXT NOT NULL DEFAULT '',
  caller          TEXT NOT NULL DEFAULT '',
  ended           INTEGER NOT NULL DEFAULT 0,
  messages        INTEGER NOT NULL DEFAULT 0,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, id)
) STRICT, WITHOUT ROWID;

-- Of several calls in one session the first names carrier's call and caller, as when it was made.
INSERT INTO sessions_new (workspace_id, id, channel, agent, agent_version, carrier_call_id, caller, ended, created_at,
                          updated_at)
SELECT 'default', s.id, s.channel, s.agent, s.agent_version,
       coalesce((SELECT c.carrier_call_id FROM calls c WHERE c.session_id = s.id ORDER BY c.started_at, c.id LIMIT 1), ''),
       coalesce((SELECT c.from_number FROM calls c WHERE c.session_id = s.id ORDER BY c.started_at, c.id LIMIT 1), ''),
       NOT EXISTS (SELECT 1 FROM calls c WHERE c.session_id = s.id AND c.status = 'in_progress'),
       s.created_at,
       max(s.created_at, coalesce((SELECT max(c.started_at, c.ended_at) FROM calls c WHERE c.session_id = s.id
                                   ORDER BY c.started_at DESC LIMIT 1), 0))
FROM sessions s;

-- from_key and to_key are the last ten digits: a number is found however it is written.
CREATE TABLE calls_new (
  id                   TEXT PRIMARY KEY,
  workspace_id         TEXT NOT NULL,
  session_id           TEXT NOT NULL,
  direction            TEXT NOT NULL,
  node                 TEXT NOT NULL,
  carrier              TEXT NOT NULL,
  carrier_call_id      TEXT NOT NULL,
  stream_id            TEXT NOT NULL,
  account_id           TEXT NOT NULL,
  phone_id             TEXT NOT NULL,
  agent                TEXT NOT NULL,
  agent_version        TEXT NOT NULL,
  from_number          TEXT NOT NULL,
  to_number            TEXT NOT NULL,
  from_key             TEXT NOT NULL,
  to_key               TEXT NOT NULL,
  sample_rate_hz       INTEGER NOT NULL,
  started_at           INTEGER NOT NULL,
  status               TEXT NOT NULL DEFAULT 'in_progress'
                       CHECK (status IN ('in_progress', 'completed', 'failed', 'interrupted')),
  end_reason           TEXT NOT NULL DEFAULT '',
  ended_at             INTEGER NOT NULL DEFAULT 0,
  duration_ms          INTEGER NOT NULL DEFAULT 0,
  escalation_requested INTEGER NOT NULL DEFAULT 0,
  FOREIGN KEY (workspace_id, session_id) REFERENCES sessions (workspace_id, id)
) STRICT;

INSERT INTO calls_new
SELECT c.id, 'default', c.session_id, 'inbound', '', c.carrier, c.carrier_call_id, c.stream_id, c.account_id, c.phone_id,
       c.agent, c.agent_version, c.from_number, c.to_number,
       (WITH RECURSIVE digits (rest, found) AS (
          SELECT c.from_number, '' UNION ALL
          SELECT substr(rest, 2), found || CASE WHEN rest GLOB '[0-9]*' THEN substr(rest, 1, 1) ELSE '' END
          FROM digits WHERE rest <> '')
        SELECT substr(found, -10) FROM digits WHERE rest = ''),
       (WITH RECURSIVE digits (rest, found) AS (
          SELECT c.to_number, '' UNION ALL
          SELECT substr(rest, 2), found || CASE WHEN rest GLOB '[0-9]*' THEN substr(rest, 1, 1) ELSE '' END
          FROM digits WHERE rest <> '')
        SELECT substr(found, -10) FROM digits WHERE rest = ''),
       c.sample_rate_hz, c.started_at, c.status, c.end_reason, c.ended_at, c.duration_ms, c.escalation_requested
FROM calls c;

DROP TABLE calls;
ALTER TABLE calls_new RENAME TO calls;
DROP TABLE sessions;
ALTER TABLE sessions_new RENAME TO sessions;

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

-- An event's own id makes writing it twice writing it once; `id` keeps the order.
CREATE TABLE events_new (
  id        INTEGER PRIMARY KEY,
  event_id  TEXT NOT NULL UNIQUE,
  call_id   TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
  at        INTEGER NOT NULL,
  offset_ms INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  detail    TEXT NOT NULL
) STRICT;
INSERT INTO events_new SELECT id, 'before-' || id, call_id, at, offset_ms, kind, detail FROM events;
DROP TABLE events;
ALTER TABLE events_new RENAME TO events;
CREATE INDEX events_by_call ON events (call_id, id);

-- The search index refers to turns by a number.
CREATE TABLE turns_new (
  id             INTEGER PRIMARY KEY,
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
  agent_start_ms INTEGER NOT NULL DEFAULT -1,
  endpoint_ms    REAL,
  transcript_ms  REAL,
  first_token_ms REAL,
  first_audio_ms REAL,
  sent_ms        REAL,
  UNIQUE (call_id, number)
) STRICT;
INSERT INTO turns_new (call_id, number, caller_text, agent_text, agent_heard, interrupted, input_kind, started_at,
                       start_ms, end_ms, endpoint_ms, transcript_ms, first_token_ms, first_audio_ms, sent_ms)
SELECT call_id, number, caller_text, agent_text, agent_heard, interrupted, input_kind, started_at, start_ms, end_ms,
       endpoint_ms, transcript_ms, first_token_ms, first_audio_ms, sent_ms
FROM turns ORDER BY started_at, call_id, number;
DROP TABLE turns;
ALTER TABLE turns_new RENAME TO turns;

-- Marks belong to their letters: without them words of Indian scripts would fall apart.
CREATE VIRTUAL TABLE turn_texts USING fts5 (
  caller_text, agent_heard, content = 'turns', content_rowid = 'id',
  tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'");
INSERT INTO turn_texts (turn_texts) VALUES ('rebuild');
CREATE TRIGGER turns_added AFTER INSERT ON turns BEGIN
  INSERT INTO turn_texts (rowid, caller_text, agent_heard) VALUES (new.id, new.caller_text, new.agent_heard);
END;
CREATE TRIGGER turns_changed AFTER UPDATE OF id, caller_text, agent_heard ON turns BEGIN
  INSERT INTO turn_texts (turn_texts, rowid, caller_text, agent_heard)
  VALUES ('delete', old.id, old.caller_text, old.agent_heard);
  INSERT INTO turn_texts (rowid, caller_text, agent_heard) VALUES (new.id, new.caller_text, new.agent_heard);
END;
CREATE TRIGGER turns_removed AFTER DELETE ON turns BEGIN
  INSERT INTO turn_texts (turn_texts, rowid, caller_text, agent_heard)
  VALUES ('delete', old.id, old.caller_text, old.agent_heard);
END;

-- Where the recording lies besides its file. recorded: the file's own part of the row is known; stored_kind: the kind
-- of store that has the whole of it.
ALTER TABLE recordings ADD COLUMN recorded INTEGER NOT NULL DEFAULT 1;
ALTER TABLE recordings ADD COLUMN blob_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE recordings ADD COLUMN blob_key TEXT NOT NULL DEFAULT '';
ALTER TABLE recordings ADD COLUMN upload_token TEXT NOT NULL DEFAULT '';
ALTER TABLE recordings ADD COLUMN blob_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN stored_kind TEXT NOT NULL DEFAULT '';
CREATE INDEX recordings_by_store ON recordings (stored_kind, call_id)
  WHERE path <> '' AND (complete = 1 OR upload_token <> '');
CREATE INDEX recordings_unfinished ON recordings (call_id) WHERE path <> '' AND complete = 0;
CREATE INDEX recordings_there ON recordings (call_id) WHERE path <> '' OR blob_key <> '';

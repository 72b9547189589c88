-- Calls from the moment they are placed or announced, the carrier's word about them, handing the caller on; what a
-- number is answered with. The table is made anew, for a CHECK cannot be changed. without_stream: the call ended, and
-- no stream has ended it; carrier_ended: the carrier's status is its last. carrier_seconds is NULL where the carrier
-- has told none.

CREATE TABLE calls_new (
  id                    TEXT PRIMARY KEY,
  workspace_id          TEXT NOT NULL,
  session_id            TEXT NOT NULL,
  direction             TEXT NOT NULL,
  node                  TEXT NOT NULL,
  carrier               TEXT NOT NULL,
  carrier_call_id       TEXT NOT NULL,
  stream_id             TEXT NOT NULL,
  account_id            TEXT NOT NULL,
  phone_id              TEXT NOT NULL,
  agent                 TEXT NOT NULL,
  agent_version         TEXT NOT NULL,
  from_number           TEXT NOT NULL,
  to_number             TEXT NOT NULL,
  from_key              TEXT NOT NULL,
  to_key                TEXT NOT NULL,
  sample_rate_hz        INTEGER NOT NULL,
  started_at            INTEGER NOT NULL,
  status                TEXT NOT NULL DEFAULT 'in_progress'
                        CHECK (status IN ('queued', 'ringing', 'in_progress', 'completed', 'failed', 'interrupted',
                                          'busy', 'no_answer', 'canceled')),
  end_reason            TEXT NOT NULL DEFAULT '',
  ended_at              INTEGER NOT NULL DEFAULT 0,
  duration_ms           INTEGER NOT NULL DEFAULT 0,
  escalation_requested  INTEGER NOT NULL DEFAULT 0,
  without_stream        INTEGER NOT NULL DEFAULT 0,
  telephony_config_id   TEXT NOT NULL DEFAULT '',
  variables             TEXT NOT NULL DEFAULT '',
  custom_field          TEXT NOT NULL DEFAULT '',
  carrier_status        TEXT NOT NULL DEFAULT '',
  carrier_ended         INTEGER NOT NULL DEFAULT 0,
  carrier_cause         TEXT NOT NULL DEFAULT '',
  carrier_recording_url TEXT NOT NULL DEFAULT '',
  carrier_seconds       INTEGER,
  answered_at           INTEGER NOT NULL DEFAULT 0,
  transfer_to           TEXT NOT NULL DEFAULT '',
  transfer_status       TEXT NOT NULL DEFAULT '',
  transfer_detail       TEXT NOT NULL DEFAULT '',
  FOREIGN KEY (workspace_id, session_id) REFERENCES sessions (workspace_id, id)
) STRICT;

INSERT INTO calls_new (id, workspace_id, session_id, direction, node, carrier, carrier_call_id, stream_id, account_id,
                       phone_id, agent, agent_version, from_number, to_number, from_key, to_key, sample_rate_hz,
                       started_at, status, end_reason, ended_at, duration_ms, escalation_requested)
SELECT id, workspace_id, session_id, direction, node, carrier, carrier_call_id, stream_id, account_id, phone_id, agent,
       agent_version, from_number, to_number, from_key, to_key, sample_rate_hz, started_at, status, end_reason,
       ended_at, duration_ms, escalation_requested
FROM calls;

DROP TABLE calls;
ALTER TABLE calls_new RENAME TO calls;

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
CREATE INDEX calls_by_carrier ON calls (carrier, carrier_call_id, started_at, id);
CREATE INDEX calls_open ON calls (node, started_at, id) WHERE status IN ('queued', 'ringing');

ALTER TABLE phone_numbers ADD COLUMN answer_with TEXT NOT NULL DEFAULT '';
ALTER TABLE phone_numbers ADD COLUMN after_recording TEXT NOT NULL DEFAULT '';
ALTER TABLE phone_numbers ADD COLUMN secret_hash TEXT NOT NULL DEFAULT '';

-- Calls from the moment they are placed or announced, the carrier's word about them, handing the caller on; what a
-- number is answered with. without_stream: the call ended, and no stream has ended it; carrier_ended: the carrier's
-- status is its last. carrier_seconds is NULL where the carrier has told none.

ALTER TABLE calls DROP CONSTRAINT calls_status_check;
ALTER TABLE calls ADD CONSTRAINT calls_status_check
  CHECK (status IN ('queued', 'ringing', 'in_progress', 'completed', 'failed', 'interrupted', 'busy', 'no_answer',
                    'canceled'));
ALTER TABLE calls
  ADD COLUMN without_stream        BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN telephony_config_id   TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN variables             TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN custom_field          TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN carrier_status        TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN carrier_ended         BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN carrier_cause         TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN carrier_recording_url TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN carrier_seconds       BIGINT,
  ADD COLUMN answered_at           BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN transfer_to           TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN transfer_status       TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN transfer_detail       TEXT COLLATE "C" NOT NULL DEFAULT '';

CREATE INDEX calls_by_carrier ON calls (carrier, carrier_call_id, started_at, id);
CREATE INDEX calls_open ON calls (node, started_at, id) WHERE status IN ('queued', 'ringing');

ALTER TABLE phone_numbers
  ADD COLUMN answer_with     TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN after_recording TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN secret_hash     TEXT COLLATE "C" NOT NULL DEFAULT '';

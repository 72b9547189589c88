-- What calls used at vendors and what it cost when it was used, and transcripts of recordings made after the call.
-- Money is in millionths of the currency's unit; a cost that is not known is NULL.

CREATE TABLE usage (
  call_id                   TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
  turn                      INTEGER NOT NULL,
  part                      TEXT NOT NULL CHECK (part IN ('stt', 'llm', 'tts', 'sts', 'carrier')),
  vendor                    TEXT NOT NULL,
  model                     TEXT NOT NULL,
  input_tokens              INTEGER NOT NULL,
  cached_input_tokens       INTEGER NOT NULL,
  output_tokens             INTEGER NOT NULL,
  audio_input_tokens        INTEGER NOT NULL,
  cached_audio_input_tokens INTEGER NOT NULL,
  audio_output_tokens       INTEGER NOT NULL,
  characters                INTEGER NOT NULL,
  audio_seconds             REAL NOT NULL,
  estimated                 INTEGER NOT NULL,
  cost_micros               INTEGER,
  currency                  TEXT NOT NULL,
  price_as_of               TEXT NOT NULL,
  PRIMARY KEY (call_id, turn, part, vendor, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE recording_transcripts (
  call_id  TEXT PRIMARY KEY REFERENCES calls (id) ON DELETE CASCADE,
  vendor   TEXT NOT NULL,
  model    TEXT NOT NULL,
  made_at  INTEGER NOT NULL,
  error    TEXT NOT NULL,
  segments TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What people set up, and chats. Times ending in _at are milliseconds since 1970-01-01 UTC, 0 is "never"; empty text
-- means "not known", NULL in a reference means "none". Columns called sealed_* hold secrets encrypted by the vault.
-- References carry the workspace, so that no row can point into another one.

CREATE TABLE workspaces (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  settings   TEXT NOT NULL,
  etag       INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO workspaces (id, name, settings, etag, created_at)
VALUES ('default', 'Default', '{}', 1, CAST(strftime('%s', 'now') AS INTEGER) * 1000);

CREATE TABLE users (
  id            TEXT PRIMARY KEY,
  workspace_id  TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  email         TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'owner')),
  password_hash TEXT NOT NULL,
  disabled      INTEGER NOT NULL,
  etag          INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  last_login_at INTEGER NOT NULL,
  UNIQUE (workspace_id, id)
) STRICT;

CREATE TABLE logins (
  token_hash   TEXT PRIMARY KEY,
  user_id      TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  csrf_token   TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX logins_by_user ON logins (user_id, workspace_id);
CREATE INDEX logins_by_expiry ON logins (expires_at);

CREATE TABLE invites (
  token_hash   TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id      TEXT,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX invites_by_user ON invites (workspace_id, user_id);
CREATE INDEX invites_by_expiry ON invites (expires_at);

CREATE TABLE api_keys (
  id           TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  prefix       TEXT NOT NULL,
  key_hash     TEXT NOT NULL UNIQUE,
  scopes       TEXT NOT NULL,
  created_by   TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  revoked_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX api_keys_by_workspace ON api_keys (workspace_id, id);

CREATE TABLE agents (
  id                TEXT PRIMARY KEY,
  workspace_id      TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  name              TEXT NOT NULL,
  draft             TEXT NOT NULL,
  published_version INTEGER NOT NULL,
  published_at      INTEGER NOT NULL,
  etag              INTEGER NOT NULL,
  created_at        INTEGER NOT NULL,
  updated_at        INTEGER NOT NULL,
  UNIQUE (workspace_id, name),
  UNIQUE (workspace_id, id)
) STRICT;

CREATE TABLE agent_versions (
  agent_id        TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  number          INTEGER NOT NULL,
  text            TEXT NOT NULL,
  content_version TEXT NOT NULL,
  note            TEXT NOT NULL,
  published_by    TEXT NOT NULL,
  published_at    INTEGER NOT NULL,
  PRIMARY KEY (agent_id, number)
) STRICT;

CREATE TABLE telephony_configs (
  id                 TEXT PRIMARY KEY,
  workspace_id       TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  name               TEXT NOT NULL,
  carrier            TEXT NOT NULL,
  options            TEXT NOT NULL,
  sealed_credentials TEXT NOT NULL,
  etag               INTEGER NOT NULL,
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL,
  UNIQUE (workspace_id, id)
) STRICT;

CREATE TABLE phone_numbers (
  id                  TEXT PRIMARY KEY,
  workspace_id        TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  number              TEXT NOT NULL,
  display_name        TEXT NOT NULL,
  carrier             TEXT NOT NULL,
  telephony_config_id TEXT,
  agent_id            TEXT,
  owner               TEXT NOT NULL,
  active              INTEGER NOT NULL,
  etag                INTEGER NOT NULL,
  created_at          INTEGER NOT NULL,
  updated_at          INTEGER NOT NULL,
  UNIQUE (workspace_id, number),
  FOREIGN KEY (workspace_id, telephony_config_id) REFERENCES telephony_configs (workspace_id, id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agents (workspace_id, id)
) STRICT;
CREATE INDEX phone_numbers_by_agent ON phone_numbers (workspace_id, agent_id);
CREATE INDEX phone_numbers_by_config ON phone_numbers (workspace_id, telephony_config_id);

CREATE TABLE webhooks (
  id            TEXT PRIMARY KEY,
  workspace_id  TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  url           TEXT NOT NULL,
  description   TEXT NOT NULL,
  sealed_secret TEXT NOT NULL,
  events        TEXT NOT NULL,
  enabled       INTEGER NOT NULL,
  etag          INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  UNIQUE (workspace_id, id)
) STRICT;

CREATE TABLE deliveries (
  id              TEXT PRIMARY KEY,
  workspace_id    TEXT NOT NULL,
  webhook_id      TEXT NOT NULL,
  event_id        TEXT NOT NULL,
  event_type      TEXT NOT NULL,
  body            TEXT NOT NULL,
  status          TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'dead')),
  attempts        INTEGER NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  last_status     INTEGER NOT NULL,
  last_error      TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  finished_at     INTEGER NOT NULL,
  UNIQUE (webhook_id, event_id),
  FOREIGN KEY (workspace_id, webhook_id) REFERENCES webhooks (workspace_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX deliveries_by_workspace ON deliveries (workspace_id, id);
CREATE INDEX deliveries_by_webhook ON deliveries (workspace_id, webhook_id, id);
CREATE INDEX deliveries_due ON deliveries (next_attempt_at, id) WHERE status = 'pending';
CREATE INDEX deliveries_finished ON deliveries (finished_at) WHERE status <> 'pending';

CREATE TABLE provider_keys (
  id           TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  provider     TEXT NOT NULL,
  sealed_key   TEXT NOT NULL,
  hint         TEXT NOT NULL,
  url          TEXT NOT NULL,
  etag         INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  UNIQUE (workspace_id, provider)
) STRICT;

CREATE TABLE instance_values (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- Without references: it outlives what it speaks of.
CREATE TABLE audit (
  id           TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  at           INTEGER NOT NULL,
  actor        TEXT NOT NULL,
  action       TEXT NOT NULL,
  target       TEXT NOT NULL,
  address      TEXT NOT NULL,
  detail       TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_workspace ON audit (workspace_id, id);
CREATE INDEX audit_by_time ON audit (at);

CREATE TABLE idempotency (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  request_key  TEXT NOT NULL,
  operation    TEXT NOT NULL,
  fingerprint  TEXT NOT NULL,
  status       INTEGER NOT NULL,
  response     TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, request_key)
) STRICT;
CREATE INDEX idempotency_by_time ON idempotency (created_at);

-- The listing of sessions is newest first, of all of them or of one channel.
CREATE INDEX sessions_by_time ON sessions (workspace_id, created_at, id);
CREATE INDEX sessions_by_channel ON sessions (workspace_id, channel, created_at, id);

CREATE TABLE chat_messages (
  workspace_id TEXT NOT NULL,
  session_id   TEXT NOT NULL,
  number       INTEGER NOT NULL,
  role         TEXT NOT NULL,
  text         TEXT NOT NULL,
  detail       TEXT NOT NULL,
  at           INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, session_id, number),
  FOREIGN KEY (workspace_id, session_id) REFERENCES sessions (workspace_id, id) ON DELETE CASCADE
) STRICT;

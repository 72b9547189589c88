-- What people set up, and chats. Times ending in _at are milliseconds since 1970-01-01 UTC, 0 is "never"; empty text
-- means "not known", NULL in a reference means "none". Columns called sealed_* hold secrets encrypted by the vault.
-- References carry the workspace, so that no row can point into another one. Texts compare by their
-- bytes, as in SQLite.

CREATE TABLE workspaces (
  id         TEXT COLLATE "C" PRIMARY KEY,
  name       TEXT COLLATE "C" NOT NULL,
  settings   TEXT COLLATE "C" NOT NULL,
  etag       BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
INSERT INTO workspaces (id, name, settings, etag, created_at)
VALUES ('default', 'Default', '{}', 1, CAST(extract(epoch FROM now()) AS BIGINT) * 1000);

CREATE TABLE users (
  id            TEXT COLLATE "C" PRIMARY KEY,
  workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  email         TEXT COLLATE "C" NOT NULL UNIQUE,
  name          TEXT COLLATE "C" NOT NULL,
  role          TEXT COLLATE "C" NOT NULL CHECK (role IN ('viewer', 'editor', 'owner')),
  password_hash TEXT COLLATE "C" NOT NULL,
  disabled      BIGINT NOT NULL,
  etag          BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  last_login_at BIGINT NOT NULL,
  UNIQUE (workspace_id, id)
);

CREATE TABLE logins (
  token_hash   TEXT COLLATE "C" PRIMARY KEY,
  user_id      TEXT COLLATE "C" NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL,
  csrf_token   TEXT COLLATE "C" NOT NULL,
  created_at   BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX logins_by_user ON logins (user_id, workspace_id);
CREATE INDEX logins_by_expiry ON logins (expires_at);

CREATE TABLE invites (
  token_hash   TEXT COLLATE "C" PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  user_id      TEXT COLLATE "C",
  created_at   BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  FOREIGN KEY (workspace_id, user_id) REFERENCES users (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX invites_by_user ON invites (workspace_id, user_id);
CREATE INDEX invites_by_expiry ON invites (expires_at);

CREATE TABLE api_keys (
  id           TEXT COLLATE "C" PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  name         TEXT COLLATE "C" NOT NULL,
  prefix       TEXT COLLATE "C" NOT NULL,
  key_hash     TEXT COLLATE "C" NOT NULL UNIQUE,
  scopes       TEXT COLLATE "C" NOT NULL,
  created_by   TEXT COLLATE "C" NOT NULL,
  created_at   BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL,
  revoked_at   BIGINT NOT NULL
);
CREATE INDEX api_keys_by_workspace ON api_keys (workspace_id, id);

CREATE TABLE agents (
  id                TEXT COLLATE "C" PRIMARY KEY,
  workspace_id      TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  name              TEXT COLLATE "C" NOT NULL,
  draft             TEXT COLLATE "C" NOT NULL,
  published_version BIGINT NOT NULL,
  published_at      BIGINT NOT NULL,
  etag              BIGINT NOT NULL,
  created_at        BIGINT NOT NULL,
  updated_at        BIGINT NOT NULL,
  UNIQUE (workspace_id, name),
  UNIQUE (workspace_id, id)
);

CREATE TABLE agent_versions (
  agent_id        TEXT COLLATE "C" NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  number          BIGINT NOT NULL,
  text            TEXT COLLATE "C" NOT NULL,
  content_version TEXT COLLATE "C" NOT NULL,
  note            TEXT COLLATE "C" NOT NULL,
  published_by    TEXT COLLATE "C" NOT NULL,
  published_at    BIGINT NOT NULL,
  PRIMARY KEY (agent_id, number)
);

CREATE TABLE telephony_configs (
  id                 TEXT COLLATE "C" PRIMARY KEY,
  workspace_id       TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  name               TEXT COLLATE "C" NOT NULL,
  carrier            TEXT COLLATE "C" NOT NULL,
  options            TEXT COLLATE "C" NOT NULL,
  sealed_credentials TEXT COLLATE "C" NOT NULL,
  etag               BIGINT NOT NULL,
  created_at         BIGINT NOT NULL,
  updated_at         BIGINT NOT NULL,
  UNIQUE (workspace_id, id)
);

CREATE TABLE phone_numbers (
  id                  TEXT COLLATE "C" PRIMARY KEY,
  workspace_id        TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  number              TEXT COLLATE "C" NOT NULL,
  display_name        TEXT COLLATE "C" NOT NULL,
  carrier             TEXT COLLATE "C" NOT NULL,
  telephony_config_id TEXT COLLATE "C",
  agent_id            TEXT COLLATE "C",
  owner               TEXT COLLATE "C" NOT NULL,
  active              BIGINT NOT NULL,
  etag                BIGINT NOT NULL,
  created_at          BIGINT NOT NULL,
  updated_at          BIGINT NOT NULL,
  UNIQUE (workspace_id, number),
  FOREIGN KEY (workspace_id, telephony_config_id) REFERENCES telephony_configs (workspace_id, id),
  FOREIGN KEY (workspace_id, agent_id) REFERENCES agents (workspace_id, id)
);
CREATE INDEX phone_numbers_by_agent ON phone_numbers (workspace_id, agent_id);
CREATE INDEX phone_numbers_by_config ON phone_numbers (workspace_id, telephony_config_id);

CREATE TABLE webhooks (
  id            TEXT COLLATE "C" PRIMARY KEY,
  workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  url           TEXT COLLATE "C" NOT NULL,
  description   TEXT COLLATE "C" NOT NULL,
  sealed_secret TEXT COLLATE "C" NOT NULL,
  events        TEXT COLLATE "C" NOT NULL,
  enabled       BIGINT NOT NULL,
  etag          BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  updated_at    BIGINT NOT NULL,
  UNIQUE (workspace_id, id)
);

CREATE TABLE deliveries (
  id              TEXT COLLATE "C" PRIMARY KEY,
  workspace_id    TEXT COLLATE "C" NOT NULL,
  webhook_id      TEXT COLLATE "C" NOT NULL,
  event_id        TEXT COLLATE "C" NOT NULL,
  event_type      TEXT COLLATE "C" NOT NULL,
  body            TEXT COLLATE "C" NOT NULL,
  status          TEXT COLLATE "C" NOT NULL CHECK (status IN ('pending', 'delivered', 'dead')),
  attempts        BIGINT NOT NULL,
  next_attempt_at BIGINT NOT NULL,
  last_status     BIGINT NOT NULL,
  last_error      TEXT COLLATE "C" NOT NULL,
  created_at      BIGINT NOT NULL,
  finished_at     BIGINT NOT NULL,
  UNIQUE (webhook_id, event_id),
  FOREIGN KEY (workspace_id, webhook_id) REFERENCES webhooks (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX deliveries_by_workspace ON deliveries (workspace_id, id);
CREATE INDEX deliveries_by_webhook ON deliveries (workspace_id, webhook_id, id);
CREATE INDEX deliveries_due ON deliveries (next_attempt_at, id) WHERE status = 'pending';
CREATE INDEX deliveries_finished ON deliveries (finished_at) WHERE status <> 'pending';

CREATE TABLE provider_keys (
  id           TEXT COLLATE "C" PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  provider     TEXT COLLATE "C" NOT NULL,
  sealed_key   TEXT COLLATE "C" NOT NULL,
  hint         TEXT COLLATE "C" NOT NULL,
  url          TEXT COLLATE "C" NOT NULL,
  etag         BIGINT NOT NULL,
  created_at   BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL,
  UNIQUE (workspace_id, provider)
);

CREATE TABLE instance_values (
  name  TEXT COLLATE "C" PRIMARY KEY,
  value TEXT COLLATE "C" NOT NULL
);

-- Without references: it outlives what it speaks of.
CREATE TABLE audit (
  id           TEXT COLLATE "C" PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL,
  at           BIGINT NOT NULL,
  actor        TEXT COLLATE "C" NOT NULL,
  action       TEXT COLLATE "C" NOT NULL,
  target       TEXT COLLATE "C" NOT NULL,
  address      TEXT COLLATE "C" NOT NULL,
  detail       TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_by_workspace ON audit (workspace_id, id);
CREATE INDEX audit_by_time ON audit (at);

CREATE TABLE idempotency (
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
  request_key  TEXT COLLATE "C" NOT NULL,
  operation    TEXT COLLATE "C" NOT NULL,
  fingerprint  TEXT COLLATE "C" NOT NULL,
  status       BIGINT NOT NULL,
  response     TEXT COLLATE "C" NOT NULL,
  created_at   BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, request_key)
);
CREATE INDEX idempotency_by_time ON idempotency (created_at);

-- The listing of sessions is newest first, of all of them or of one channel.
CREATE INDEX sessions_by_time ON sessions (workspace_id, created_at, id);
CREATE INDEX sessions_by_channel ON sessions (workspace_id, channel, created_at, id);

CREATE TABLE chat_messages (
  workspace_id TEXT COLLATE "C" NOT NULL,
  session_id   TEXT COLLATE "C" NOT NULL,
  number       BIGINT NOT NULL,
  role         TEXT COLLATE "C" NOT NULL,
  text         TEXT COLLATE "C" NOT NULL,
  detail       TEXT COLLATE "C" NOT NULL,
  at           BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, session_id, number),
  FOREIGN KEY (workspace_id, session_id) REFERENCES sessions (workspace_id, id) ON DELETE CASCADE
);

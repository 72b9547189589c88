-- The listing of calls by their direction: the few of one among the many of the other.

CREATE INDEX calls_by_direction ON calls (workspace_id, direction, started_at, id);

SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
-- When a session started: it ends 30 days later however much it is used. A session that an older process starts has
-- none until a newer one meets it.
ALTER TABLE sessions ADD COLUMN created_at TIMESTAMP;
UPDATE sessions SET created_at = strftime('%Y-%m-%d %H:%M:%f', 'now');
-- The browser in which it was started, in a few words for its owner.
ALTER TABLE sessions ADD COLUMN browser TEXT NOT NULL DEFAULT ''
    CONSTRAINT sessions_browser_length CHECK (length(browser) <= 100);

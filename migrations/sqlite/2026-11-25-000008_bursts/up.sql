SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
-- Many votes of a poll that came from one network at once, minute by minute, for its organiser: how many were counted,
-- and how many were refused. No column says which network, nor which ballots.
CREATE TABLE bursts (
    poll_id BIGINT NOT NULL,
    minute TIMESTAMP NOT NULL,
    votes BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    PRIMARY KEY (poll_id, minute),
    CONSTRAINT bursts_poll_exists FOREIGN KEY (poll_id) REFERENCES polls (id) ON DELETE CASCADE,
    CONSTRAINT bursts_natural CHECK (votes >= 0 AND refused >= 0)
) WITHOUT ROWID;

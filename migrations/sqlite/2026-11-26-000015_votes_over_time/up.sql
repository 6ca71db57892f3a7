SELECT sqlite_version(); -- PostgreSQL has its own files: diesel --config-file migrations/postgres.toml
-- How many ballots were cast in each quarter of an hour, which `begins_at` begins; kept in the transaction that adds a ballot.
CREATE TABLE votes_over_time (
    poll_id BIGINT NOT NULL,
    begins_at TIMESTAMP NOT NULL,
    shard INTEGER NOT NULL,
    votes BIGINT NOT NULL,
    PRIMARY KEY (poll_id, begins_at, shard),
    CONSTRAINT votes_over_time_poll_exists FOREIGN KEY (poll_id) REFERENCES polls (id) ON DELETE CASCADE,
    CONSTRAINT votes_over_time_votes_positive CHECK (votes > 0)
) WITHOUT ROWID;
INSERT INTO votes_over_time (poll_id, begins_at, shard, votes)
SELECT poll_id, datetime(unixepoch(cast_at) / 900 * 900, 'unixepoch'), 0, count(*)
  FROM ballots
 GROUP BY 1, 2;

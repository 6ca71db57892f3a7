SELECT version(); -- SQLite has its own files: diesel without --config-file
-- How many organisers were ever set up: names the one-time link of the first start.
ALTER TABLE site ADD COLUMN setups BIGINT NOT NULL DEFAULT 0;

-- Who is signed in: the keyed hash of the cookie's token.
CREATE TABLE sessions (
    hash BYTEA PRIMARY KEY NOT NULL,
    organiser_id BIGINT NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    CONSTRAINT sessions_organiser_exists FOREIGN KEY (organiser_id) REFERENCES organisers (id) ON DELETE CASCADE
);
CREATE INDEX sessions_organiser_id ON sessions (organiser_id);

-- A draft takes its organiser's test ballots only; they go when it is published.
ALTER TABLE polls ADD COLUMN draft BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE polls ADD COLUMN listed BOOLEAN NOT NULL DEFAULT TRUE;
-- When the number of ballots is shown; results says it of the tally.
ALTER TABLE polls ADD COLUMN turnout TEXT NOT NULL DEFAULT 'always'
    CONSTRAINT polls_turnout_known CHECK (turnout IN ('always', 'voted', 'closed', 'organiser'));
-- The time zone in which its dates are written, by its name in the IANA database.
ALTER TABLE polls ADD COLUMN zone TEXT NOT NULL DEFAULT 'UTC'
    CONSTRAINT polls_zone_length CHECK (length(zone) BETWEEN 1 AND 64);
-- How many invitations are out.
ALTER TABLE polls ADD COLUMN invited BIGINT NOT NULL DEFAULT 0
    CONSTRAINT polls_invited_natural CHECK (invited >= 0);
-- The title as it is searched: small letters without marks.
ALTER TABLE polls ADD COLUMN folded TEXT NOT NULL DEFAULT '';
UPDATE polls SET folded = lower(title);

-- What a picture shows, for those who don't see it.
ALTER TABLE choices ADD COLUMN alt TEXT NOT NULL DEFAULT ''
    CONSTRAINT choices_alt_length CHECK (length(alt) <= 300);

-- A picture in two sizes, by the hash of the file that it was made from.
CREATE TABLE pictures (
    hash TEXT NOT NULL,
    poll_id BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    small BYTEA NOT NULL,
    large BYTEA NOT NULL,
    PRIMARY KEY (hash, poll_id),
    CONSTRAINT pictures_poll_exists FOREIGN KEY (poll_id) REFERENCES polls (id) ON DELETE CASCADE
);
CREATE INDEX pictures_poll_id ON pictures (poll_id);

-- Who may vote in a poll by invitation: keyed hashes. Those used are among the credentials too.
CREATE TABLE invitations (
    hash BYTEA PRIMARY KEY NOT NULL,
    poll_id BIGINT NOT NULL,
    CONSTRAINT invitations_poll_exists FOREIGN KEY (poll_id) REFERENCES polls (id) ON DELETE CASCADE
);
CREATE INDEX invitations_poll_id ON invitations (poll_id);

-- The list of polls is counted, searched and put in order from this alone.
CREATE INDEX polls_listed ON polls (listed, draft, opens_at, closes_at, folded);

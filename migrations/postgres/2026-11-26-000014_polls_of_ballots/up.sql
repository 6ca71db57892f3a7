SELECT version(); -- SQLite has its own files: diesel without --config-file
-- The foreign key of ballots was checked row by row, which took a third of the time of a batch. Triggers keep the same
-- rules: each ballot has a poll, checked once a statement and locked as a foreign key does it, and the ballots of a poll
-- that is deleted go with it. They find the tables where pg_restore has no search_path, too.
CREATE FUNCTION check_polls_of_ballots() RETURNS TRIGGER LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM (SELECT DISTINCT poll_id FROM new_ballots) AS named
        LEFT JOIN LATERAL (SELECT id FROM polls WHERE id = named.poll_id FOR KEY SHARE) AS found ON TRUE
        WHERE found.id IS NULL;
    IF FOUND THEN
        RAISE foreign_key_violation USING TABLE = 'ballots', CONSTRAINT = 'ballots_poll_exists',
            MESSAGE = 'insert or update on table "ballots" violates foreign key constraint "ballots_poll_exists"';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION delete_ballots_of_poll() RETURNS TRIGGER LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM ballots WHERE poll_id = OLD.id;
    RETURN NULL;
END $$;

ALTER TABLE ballots DROP CONSTRAINT ballots_poll_exists;
CREATE TRIGGER ballots_poll_exists_on_insert AFTER INSERT ON ballots
    REFERENCING NEW TABLE AS new_ballots FOR EACH STATEMENT EXECUTE FUNCTION check_polls_of_ballots();
CREATE TRIGGER ballots_poll_exists_on_update AFTER UPDATE ON ballots
    REFERENCING NEW TABLE AS new_ballots FOR EACH STATEMENT EXECUTE FUNCTION check_polls_of_ballots();
CREATE TRIGGER polls_delete_ballots AFTER DELETE ON polls
    FOR EACH ROW EXECUTE FUNCTION delete_ballots_of_poll();

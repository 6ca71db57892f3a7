SELECT version(); -- SQLite has its own files: diesel without --config-file
-- Fails where a poll is counted so: the older schema can't hold it, and no ballot is deleted for that.
ALTER TABLE polls DROP CONSTRAINT polls_method_known;
ALTER TABLE polls ADD CONSTRAINT polls_method_known CHECK (method IN (
    'plurality', 'approval', 'score', 'star', 'majority-judgment', 'borda', 'dowdall', 'two-round',
    'irv', 'stv', 'stv-meek', 'copeland', 'minimax', 'minimax-margins', 'schulze', 'schulze-margins',
    'ranked-pairs', 'ranked-pairs-margins'
));

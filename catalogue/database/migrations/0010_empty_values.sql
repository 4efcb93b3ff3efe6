-- How many values of each field were empty when a release was loaded: a part of its report that readers may know.

ALTER TABLE kartlagd.release ADD COLUMN empty jsonb GENERATED ALWAYS AS (report -> 'after' -> 'empty') STORED;
GRANT SELECT (empty) ON kartlagd.release TO kartlagd_server;
ALTER TABLE held.release ADD COLUMN empty jsonb GENERATED ALWAYS AS (report -> 'after' -> 'empty') STORED;
GRANT SELECT (empty) ON held.release TO kartlagd_preview;

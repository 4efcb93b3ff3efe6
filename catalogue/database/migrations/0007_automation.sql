-- What `kartlagd run` knows from one start to the next, and what tells whether a layer is as fresh as it promises.

-- When the source was last read with nothing wrong (a new release, or the same data again), and how old it was then:
-- when its files were written, or when a service or database was asked.
ALTER TABLE kartlagd.layer ADD COLUMN checked_at timestamptz, ADD COLUMN source_time timestamptz;
UPDATE kartlagd.layer l SET checked_at = r.published_at, source_time = r.published_at
FROM kartlagd.release r WHERE r.layer = l.id AND r.number = l.current_release;

-- Layers with a schedule, also those that have no release yet.
CREATE TABLE private.run (
    layer text PRIMARY KEY,
    plan text NOT NULL,                     -- what of the layer's file the next run was worked out from
    next_run timestamptz NOT NULL,
    failures integer NOT NULL DEFAULT 0,    -- in a row
    started_at timestamptz,                 -- of the last attempt
    ended_at timestamptz,                   -- NULL while it runs, and where the runner was killed
    outcome text,                           -- published, unchanged, rolled back, held, refused or failed
    message jsonb                           -- catalogue.language.Message
);

-- Files of the drop folder that were decided on: they stay where they are, and are not loaded again as they are.
CREATE TABLE private.dropped (
    layer text NOT NULL,
    name text NOT NULL,                     -- of the file or folder, below the layer's folder
    fingerprint text NOT NULL,              -- of all its files, and of the layer's definition
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome text NOT NULL,
    message jsonb,
    PRIMARY KEY (layer, name)
);

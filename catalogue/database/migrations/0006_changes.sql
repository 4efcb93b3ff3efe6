-- Identities that a release took away: what changed since an older release is then told without comparing whole tables.
-- Of each release newer than the oldest that can be read; one too many does no harm, since versions are compared.

CREATE TABLE kartlagd.removal (
    layer text NOT NULL,
    release integer NOT NULL,
    id text NOT NULL,
    PRIMARY KEY (layer, release, id)
);
CREATE INDEX ON kartlagd.removal (layer, id, release);
GRANT SELECT ON kartlagd.removal TO kartlagd_server;

-- The oldest release since which changes are known: removals were not recorded before.
ALTER TABLE kartlagd.layer ADD COLUMN changes_from integer NOT NULL DEFAULT 0;
UPDATE kartlagd.layer SET changes_from = coalesce(current_release, 0);

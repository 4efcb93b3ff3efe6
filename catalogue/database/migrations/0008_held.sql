-- Held releases: built completely, and waiting for a person. The server's role has no right to this schema; the role of
-- a preview has no right to any other. Names and columns are those that readers know from `kartlagd` and `published`.

CREATE SCHEMA held;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kartlagd_preview') THEN
        CREATE ROLE kartlagd_preview NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'kartlagd_preview', 'MEMBER') THEN
        EXECUTE format('GRANT kartlagd_preview TO %I', current_user);
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'A superuser must first run: CREATE ROLE kartlagd_preview; GRANT kartlagd_preview TO %;', current_user;
END $$;

-- Who did it: the account of the operating system, and that of the database. Not for the server.
ALTER TABLE kartlagd.release
    ADD COLUMN loaded_by text, ADD COLUMN loaded_as text DEFAULT session_user,
    ADD COLUMN approved_by text, ADD COLUMN approved_as text, ADD COLUMN approved_at timestamptz,
    ADD COLUMN approval_note text;

-- A held release as readers see it, with what publishing it needs; its table is in this schema.
CREATE TABLE held.release (
    LIKE kartlagd.release INCLUDING DEFAULTS,
    PRIMARY KEY (layer),
    expected integer,                       -- the current release that it was compared with; NULL: there was none
    reasons jsonb NOT NULL DEFAULT '[]',    -- why it waits (catalogue.language.Message)
    expires_at timestamptz NOT NULL DEFAULT now() + interval '14 days'
);

-- Like kartlagd.generation, which the server may read: a table is not told of there before it is published.
CREATE TABLE held.generation (
    id bigint PRIMARY KEY,
    layer text NOT NULL,
    table_name text NOT NULL UNIQUE,
    srid integer NOT NULL,
    geometry_type text NOT NULL,
    thinning json,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The last release of a layer that a person rejected: the same is not held again by itself.
CREATE TABLE held.rejected (
    layer text PRIMARY KEY,
    key text NOT NULL,
    rejected_by text NOT NULL,
    rejected_as text NOT NULL DEFAULT session_user,
    rejected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    note text
);

-- A preview's labels are never those of the public server: the incarnation is another.
CREATE TABLE held.catalogue (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint NOT NULL DEFAULT 1,
    incarnation uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO held.catalogue DEFAULT VALUES;

CREATE VIEW held.layer AS
    SELECT l.id, h.number AS current_release, l.erasure_epoch, h.number AS changes_from, l.checked_at, l.source_time
    FROM held.release h JOIN kartlagd.layer l ON l.id = h.layer;
CREATE VIEW held.download AS SELECT * FROM kartlagd.download WHERE false;
CREATE VIEW held.removal AS SELECT * FROM kartlagd.removal WHERE false;

GRANT USAGE ON SCHEMA held, kartlagd TO kartlagd_preview;
GRANT SELECT ON held.generation, held.catalogue, held.layer, held.download, held.removal TO kartlagd_preview;
GRANT SELECT (
    layer, number, generation, state, published_at, key, source_checksum, source_bytes, definition, definition_checksum,
    conform_version, rolled_back_to, features, added, changed, removed, rejected, extent, native_extent, time_start,
    time_end, byte_sizes
) ON held.release TO kartlagd_preview;
GRANT SELECT ON kartlagd.migration TO kartlagd_preview;

-- Layers, generations and releases; the schemas and the role of the server.

CREATE SCHEMA published;   -- generation tables: what the server may read
CREATE SCHEMA staging;     -- rows on their way in: the loader's alone
CREATE SCHEMA private;     -- rejected rows and reports: the loader's alone

-- One row. The revision rises with anything that a whole-catalogue document shows; the incarnation tells a restored
-- database from the one that it was copied from, so that a label is never used for other bytes.
CREATE TABLE kartlagd.catalogue (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint NOT NULL DEFAULT 1,
    incarnation uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO kartlagd.catalogue DEFAULT VALUES;

CREATE TABLE kartlagd.layer (
    id text PRIMARY KEY,
    current_release integer,
    erasure_epoch integer NOT NULL DEFAULT 0
);

-- A table that one or several releases of a layer read. Never altered once published: what must change gets a new table.
CREATE TABLE kartlagd.generation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    layer text NOT NULL REFERENCES kartlagd.layer,
    table_name text NOT NULL UNIQUE,
    state text NOT NULL DEFAULT 'building' CHECK (state IN ('building', 'published', 'retired')),
    srid integer NOT NULL,
    geometry_type text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON kartlagd.generation (layer, state);

CREATE TABLE kartlagd.release (
    layer text NOT NULL REFERENCES kartlagd.layer,
    number integer NOT NULL CHECK (number > 0),
    generation bigint REFERENCES kartlagd.generation,
    state text NOT NULL DEFAULT 'readable' CHECK (state IN ('readable', 'retired', 'withdrawn')),
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    key text NOT NULL,                      -- of source, definition and conform version
    source_name text NOT NULL,
    source_checksum text NOT NULL,
    source_bytes bigint NOT NULL,
    definition jsonb NOT NULL,              -- the layer as published (catalogue.layer.Layer)
    definition_checksum text NOT NULL,
    conform_version integer NOT NULL,
    rolled_back_to integer,                 -- set where this release repeats an older one
    features bigint NOT NULL,
    added bigint NOT NULL,
    changed bigint NOT NULL,
    removed bigint NOT NULL,
    rejected bigint NOT NULL,
    extent double precision[] CHECK (cardinality(extent) = 4),          -- west, south, east, north (CRS84)
    native_extent double precision[] CHECK (cardinality(native_extent) = 4),
    time_start timestamptz,                 -- NULL: open or none
    time_end timestamptz,
    byte_sizes jsonb NOT NULL DEFAULT '{}',
    report jsonb NOT NULL DEFAULT '{}',     -- what the gate found; not for the server
    PRIMARY KEY (layer, number)
);

CREATE TABLE private.rejected (
    layer text NOT NULL,
    load_id text NOT NULL,
    row_number bigint NOT NULL,             -- in the source, from 1
    reason jsonb NOT NULL,                  -- catalogue.language.Message
    fields jsonb NOT NULL,                  -- listed fields only, as the source had them
    geometry bytea,                         -- WKB as the source had it
    rejected_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ON private.rejected (layer, load_id, row_number);
CREATE INDEX ON private.rejected (rejected_at);

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kartlagd_server') THEN
        CREATE ROLE kartlagd_server NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'kartlagd_server', 'MEMBER') THEN
        EXECUTE format('GRANT kartlagd_server TO %I', current_user);
    END IF;
    EXECUTE format('REVOKE TEMPORARY, CREATE ON DATABASE %I FROM PUBLIC', current_database());
END $$;

GRANT USAGE ON SCHEMA kartlagd, published TO kartlagd_server;
GRANT SELECT ON kartlagd.catalogue, kartlagd.layer, kartlagd.generation, kartlagd.migration TO kartlagd_server;
GRANT SELECT (
    layer, number, generation, state, published_at, key, source_checksum, source_bytes, definition, definition_checksum,
    conform_version, rolled_back_to, features, added, changed, removed, rejected, extent, native_extent, time_start,
    time_end, byte_sizes
) ON kartlagd.release TO kartlagd_server;

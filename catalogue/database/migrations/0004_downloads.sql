-- Files made from releases after they were published: downloads and tile archives.
-- A file may be given out only while its release can be read and nothing was erased from the layer since.

CREATE TABLE kartlagd.download (
    layer text NOT NULL,
    release integer NOT NULL,
    format text NOT NULL,                   -- also the file's ending, such as gpkg
    title text NOT NULL,                    -- what people call the format, such as GeoPackage
    media_type text NOT NULL,
    file_name text NOT NULL UNIQUE,         -- below the folder of downloads
    bytes bigint NOT NULL,
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    erasure_epoch integer NOT NULL,         -- the layer's when the file was made
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (layer, release, format),
    FOREIGN KEY (layer, release) REFERENCES kartlagd.release (layer, number) ON DELETE CASCADE
);

GRANT SELECT ON kartlagd.download TO kartlagd_server;

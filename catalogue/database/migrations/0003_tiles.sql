-- The smallest zoom at which tiles show a feature, and the thresholds that decide it. Tables that are there show every
-- feature at every zoom, until the layer is loaded again: NULL thresholds say that a new table must be made.

ALTER TABLE kartlagd.generation ADD COLUMN thinning json;

DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT g.table_name FROM kartlagd.generation g
        WHERE to_regclass(format('published.%I', g.table_name)) IS NOT NULL
    LOOP
        -- A constant default is written nowhere: this takes no longer with many rows.
        EXECUTE format('ALTER TABLE published.%I ADD COLUMN _zoom smallint DEFAULT 0', name);
        EXECUTE format('GRANT SELECT (_zoom) ON published.%I TO kartlagd_server', name);
    END LOOP;
END $$;

-- The definition is what readers may know of a layer; the recipe is all of it: the source's path, columns and value maps,
-- the limits of the gate. The recipe is the loader's alone. Both keep the order that people wrote, which jsonb forgets.

ALTER TABLE kartlagd.release ADD COLUMN recipe json;
UPDATE kartlagd.release SET recipe = definition;
UPDATE kartlagd.release SET definition = definition || jsonb_build_object(
    'source', '{"path": "-"}'::jsonb,
    'identity', '[]'::jsonb,
    'gate', '{}'::jsonb,
    'fields', (
        SELECT coalesce(jsonb_agg(field - 'origin' ORDER BY place), '[]')
        FROM jsonb_array_elements(definition -> 'fields') WITH ORDINALITY AS listed (field, place)
    )
);
ALTER TABLE kartlagd.release ALTER recipe SET NOT NULL, ALTER definition TYPE json;

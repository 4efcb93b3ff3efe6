-- Faults that the public reports. The server's role has no right to the tables: it may call two functions, which run
-- with the owner's rights. Values never stand in their errors, which a database writes into its log.

CREATE SCHEMA faults;

CREATE TABLE faults.report (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    layer text NOT NULL,
    feature text,                           -- NULL: about the layer, such as what is missing from it
    release integer NOT NULL,               -- that the sender was shown
    kind text NOT NULL CHECK (kind IN ('position', 'value', 'missing', 'gone', 'other')),
    field text,
    body text NOT NULL,
    email text,                             -- for an answer; deleted when the report is handled
    language text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sender bytea,                           -- a keyed hash of the network address; NULL when its key is deleted
    state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'handled', 'spam')),
    handled_at timestamptz,
    handled_by text,
    note text,
    mailed_at timestamptz,
    mail_tries integer NOT NULL DEFAULT 0,
    mail_after timestamptz                  -- not mailed before: the last attempt failed
);
CREATE INDEX ON faults.report (received_at);
CREATE INDEX ON faults.report (state, number);

-- Random keys, one for each day (UTC), of today and yesterday: for hashes of addresses and for marks of forms.
CREATE TABLE faults.key (
    day date PRIMARY KEY,
    secret bytea NOT NULL
);

-- The keys, the newest first. Made on the first call of a day; those of older days are deleted then.
CREATE FUNCTION faults.keys() RETURNS TABLE (secret bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today CONSTANT date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
BEGIN
    IF NOT EXISTS (SELECT FROM faults.key k WHERE k.day = today) THEN
        DELETE FROM faults.key k WHERE k.day < today - 1;
        -- 244 random bits, from the same source as every other secret of the database.
        INSERT INTO faults.key AS k (day, secret)
        VALUES (today, sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')))
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN QUERY SELECT k.secret FROM faults.key k WHERE k.day BETWEEN today - 1 AND today ORDER BY k.day DESC;
END $$;

-- Keeps a report and gives its number; or says which limit refuses it (sender, layer, all), and for how many seconds.
-- The same report of the same sender within an hour is kept once.
--
-- _sender: the hash by today's key; _senders: the hashes by all keys. _limits: reports of a sender in an hour and in a
-- day, of a layer in an hour, of all in an hour; never more than 1,000, whatever the caller says.
CREATE FUNCTION faults.keep(
    _layer text, _feature text, _release integer, _kind text, _field text, _body text, _email text, _language text,
    _sender bytea, _senders bytea[], _limits integer[]
) RETURNS TABLE (kept bigint, refused text, wait integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    moment timestamptz;
BEGIN
    IF NOT coalesce(
        length(_feature) BETWEEN 1 AND 1000 OR _feature IS NULL, false
    ) OR NOT coalesce(
        _kind IN ('position', 'value', 'missing', 'gone', 'other')
        AND length(_body) BETWEEN 1 AND 2000 AND _release > 0 AND _language IN ('sv', 'en')
        AND length(coalesce(_field, '')) <= 100 AND length(coalesce(_email, '')) <= 254
        AND length(_sender) = 32 AND _sender = ANY (_senders) AND cardinality(_senders) <= 2
        AND cardinality(_limits) = 4 AND array_position(_limits, NULL) IS NULL, false
    ) THEN
        RAISE EXCEPTION 'this is no report of a fault' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT EXISTS (SELECT FROM kartlagd.layer l WHERE l.id = _layer AND l.current_release >= _release) THEN
        RAISE EXCEPTION 'there is no such release of a layer' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- One at a time, so that no limit is exceeded by reports that come at once.
    PERFORM pg_advisory_xact_lock(x'6B616661'::integer);
    moment := clock_timestamp();

    SELECT r.number INTO kept FROM faults.report r
    WHERE r.received_at > moment - interval '1 hour' AND r.sender = ANY (_senders) AND r.layer = _layer
    AND r.feature IS NOT DISTINCT FROM _feature AND r.kind = _kind AND r.field IS NOT DISTINCT FROM _field
    AND r.body = _body AND r.email IS NOT DISTINCT FROM _email
    ORDER BY r.number LIMIT 1;
    IF FOUND THEN
        RETURN NEXT;
        RETURN;
    END IF;

    -- The report that must leave the window before another one may come in.
    SELECT w.whose, ceil(extract(epoch FROM r.received_at + w.span - moment)) INTO refused, wait
    FROM (VALUES
        ('sender', interval '1 hour', _limits[1]), ('sender', interval '1 day', _limits[2]),
        ('layer', interval '1 hour', _limits[3]), ('all', interval '1 hour', _limits[4])
    ) AS w (whose, span, most),
    LATERAL (
        SELECT o.received_at FROM faults.report o
        WHERE o.received_at > moment - w.span
        AND CASE w.whose WHEN 'sender' THEN o.sender = ANY (_senders) WHEN 'layer' THEN o.layer = _layer ELSE true END
        ORDER BY o.received_at DESC OFFSET least(greatest(w.most, 1), 1000) - 1 LIMIT 1
    ) r
    ORDER BY 2 DESC LIMIT 1;
    IF FOUND THEN
        wait := greatest(wait, 1);
        RETURN NEXT;
        RETURN;
    END IF;

    INSERT INTO faults.report (layer, feature, release, kind, field, body, email, language, received_at, sender)
    VALUES (_layer, _feature, _release, _kind, _field, _body, _email, _language, moment, _sender)
    RETURNING number INTO kept;
    RETURN NEXT;
END $$;

REVOKE EXECUTE ON FUNCTION
    faults.keys(), faults.keep(text, text, integer, text, text, text, text, text, bytea, bytea[], integer[])
FROM PUBLIC;
GRANT USAGE ON SCHEMA faults TO kartlagd_server;
GRANT EXECUTE ON FUNCTION
    faults.keys(), faults.keep(text, text, integer, text, text, text, text, text, bytea, bytea[], integer[])
TO kartlagd_server;

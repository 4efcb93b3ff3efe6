-- Full-text search (`q`): words without regard to case and accents, by their Swedish and their English stem.
--
-- Every word counts: there are no stop words, since "på", "A" and "I" are parts of names. The words of two texts are
-- never neighbours: between them stands <g>, a tag, which neither a text nor a question can hold.

CREATE TEXT SEARCH DICTIONARY kartlagd.swedish_stem (TEMPLATE = snowball, Language = swedish);
CREATE TEXT SEARCH DICTIONARY kartlagd.english_stem (TEMPLATE = snowball, Language = english);

CREATE TEXT SEARCH CONFIGURATION kartlagd.swedish (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION kartlagd.swedish ADD MAPPING FOR asciiword, word, numword WITH unaccent, kartlagd.swedish_stem;
ALTER TEXT SEARCH CONFIGURATION kartlagd.swedish ADD MAPPING FOR int, uint, float, sfloat, tag WITH simple;

CREATE TEXT SEARCH CONFIGURATION kartlagd.english (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION kartlagd.english ADD MAPPING FOR asciiword, word, numword WITH unaccent, kartlagd.english_stem;
ALTER TEXT SEARCH CONFIGURATION kartlagd.english ADD MAPPING FOR int, uint, float, sfloat, tag WITH simple;

-- Words as they are written, for what is searched by its beginning.
CREATE TEXT SEARCH CONFIGURATION kartlagd.plain (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION kartlagd.plain ADD MAPPING FOR asciiword, word, numword WITH unaccent, simple;
ALTER TEXT SEARCH CONFIGURATION kartlagd.plain ADD MAPPING FOR int, uint, float, sfloat, tag WITH simple;

-- Without this the parser takes Storgatan/Kungsgatan for a path, 1-12 for a negative number and a.b for a host.
CREATE FUNCTION kartlagd.separate_words(words text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(words, '<>&/.-_@~+', '          ');

-- What can be found of the texts of one feature. The first 20,000 characters count: more may not fit into a tsvector.
CREATE FUNCTION kartlagd.searchable(texts text[]) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100 AS $$
DECLARE
    words text := '<g> ' || replace(
        kartlagd.separate_words(left(array_to_string(texts, E'\x01'), 20000)), E'\x01', ' <g> '
    );
BEGIN
    RETURN to_tsvector('kartlagd.swedish', words)
        || to_tsvector('kartlagd.english', words)
        || to_tsvector('kartlagd.plain', words);
END $$;

-- A feature is found where one of the terms stands in one of its texts: all words, next to each other, in this order.
-- A term that ends in * is found as it is written, at the beginning of longer words too.
CREATE FUNCTION kartlagd.search_query(terms text[]) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(string_agg(words || ending, ' | '), '')::tsquery
    FROM (
        SELECT phraseto_tsquery(configuration, kartlagd.separate_words(term))::text AS words, ending
        FROM (
            SELECT term, configuration, '' AS ending
            FROM unnest(terms) term,
                unnest('{kartlagd.swedish, kartlagd.english, kartlagd.plain}'::regconfig[]) configuration
            WHERE right(term, 1) <> '*'
            UNION ALL
            SELECT term, 'kartlagd.plain', ':*' FROM unnest(terms) term WHERE right(term, 1) = '*'
        ) asked
    ) parts
    WHERE words <> ''
$$;

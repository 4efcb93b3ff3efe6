-- What Kartlagd's database needs besides its migrations: run once by a superuser.
-- `kartlagd db start` does the same for the private cluster.
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;

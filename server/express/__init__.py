"""The express lane: hot paths answered with bytes that PostGIS, a cache or a file made."""

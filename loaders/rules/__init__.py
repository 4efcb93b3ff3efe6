"""Rules of the model and the layer file, held against the staged rows in PostGIS."""

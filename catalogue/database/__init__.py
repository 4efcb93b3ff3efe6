"""PostGIS: connections, migrations, and the private cluster."""

"""pygeoapi plugins: providers, formatters, processes (floor 2)."""

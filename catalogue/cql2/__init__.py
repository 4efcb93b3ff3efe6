"""Filters in CQL2 (OGC 21-065r2), as text and as JSON: read, checked against queryables, and made into SQL conditions.

- `parse`      the way in: a filter in either encoding, checked, as one frozen expression
- `from_text`, `wkt`, `from_json`   the two encodings, read into one syntax tree (`tree`)
- `check`, `scalars`, `temporal`, `shapes`   the tree checked: properties, types, times, geometries -> `expression`
- `condition`, `spatial`   an expression as an SQL condition over a generation table
- `columns`, `calculated`   the same language over the columns of a source, for layer files (`where`, `computed`)

Everything but `condition` and `spatial` knows nothing of releases and databases.

Conformance classes: Basic CQL2, Advanced Comparison Operators, Case-insensitive Comparison, Accent-insensitive
Comparison, Basic Spatial Functions (with more spatial literals), Spatial Functions, Temporal Functions,
Property-Property Comparisons, CQL2 Text, CQL2 JSON. There are no arrays; in requests no arithmetic and
no functions of our own either.
"""

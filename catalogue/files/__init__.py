"""What `collections/` and `config/` say: read, checked, with every mistake at its line."""

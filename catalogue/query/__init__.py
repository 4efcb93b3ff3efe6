"""Requests for features: parsed, made into one statement, and read."""

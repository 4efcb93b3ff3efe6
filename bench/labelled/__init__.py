"""Texts with and without personal data, made by rule: what is found in them can be held against what was put in."""

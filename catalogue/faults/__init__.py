"""Faults that the public reports in objects: what a report is, and where it is kept."""

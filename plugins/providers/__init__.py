"""Providers: pygeoapi's ways to our releases."""

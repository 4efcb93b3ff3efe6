"""Providers: how pygeoapi reads the releases of a layer."""

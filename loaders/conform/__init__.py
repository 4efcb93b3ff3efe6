"""Conform: a source's columns become the published fields of a layer, or a row says why it cannot be published."""

from loaders.conform.conform import CONFORM_VERSION, Conform

__all__ = ["CONFORM_VERSION", "Conform"]

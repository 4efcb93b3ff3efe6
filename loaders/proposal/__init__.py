"""Proposing a layer file for a source (`kartlagd new`)."""

from loaders.proposal.new_layer import Request, Written, new_layer

__all__ = ["Request", "Written", "new_layer"]

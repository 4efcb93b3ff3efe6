"""Descriptions for data portals over HTTP: catalogues and datasets as documents, and everything in them by its IRI.

What they say is made by `plugins.dcat`; here they get addresses, forms, labels and pages.
"""

"""The OpenAPI 3.0 document, one file for each subject: exactly what this server answers.

pygeoapi's own describes POST, formats and parameters that are not here, leaves out those that are, and points to
schemas on other hosts; so this one is made from the same layers and releases.
"""

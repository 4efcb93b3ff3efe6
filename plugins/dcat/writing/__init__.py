"""Graphs as text: in an order that depends on nothing but the graph, and in parts that can be put together.

rdflib's own writers give RDF/XML and JSON-LD in an order that changes from process to process, and documents only as a
whole. Each module here has `body(nodes)` for a part and `document(bodies)` for the parts put together.
"""

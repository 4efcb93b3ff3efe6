"""Descriptions for data portals: DCAT-AP-SE 3.0.1, with GeoDCAT-AP 3 and DCAT-AP HVD 3 where they add something.

From facts to RDF; nothing here knows a request or today's date. What the server and the command line call:

    addresses = Addresses.of(home.settings, url)                    # plugins.dcat.addresses; url: the request's base
    catalogues = gather(home, releases, downloads, addresses)       # plugins.dcat.facts; by publisher id
    documents = Documents()                                         # plugins.dcat.documents; one for a process
    documents.catalogue(catalogues[publisher], "xml")               # bytes; FORMATS has the media types
    documents.dataset(catalogues[publisher], facts, "ttl")          # one layer, standing alone
    schema_org(facts, language)                                     # plugins.dcat.schema_org; text for a <script>
    check(catalogues.values())                                      # plugins.dcat.check; problems in words

`releases` and `downloads` are what the server shows (`catalogue.release`, `catalogue.download`). The catalogue of
`home.default_publisher` stands for the whole server. `CatalogueFacts.datasets` has the facts of each layer
(`facts.iri`, `facts.layer.id`), `CatalogueFacts.parts` the catalogues below a regional one, whose document holds them.

IRIs, all below `addresses.iri`: /dcat/catalogs/<publisher>, /dcat/datasets/<uuid, or the layer's id>, and below that
/distributions/<form> and /quality/<metric>; /dcat/services/<publisher>, /dcat/contacts/<publisher>,
/dcat/agents/<publisher>, /dcat/models/<name>/<version>, /dcat/metrics/<name>. What they stand in is:
catalogue, service, contact, agent: that publisher's catalogue document; dataset and what is below it: the layer's
document; model and metric: any document that names them. `addresses.quality_page` must answer with a page, below
`addresses.url`, unless the settings name another.
"""

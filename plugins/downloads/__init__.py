"""Files made from a release after it was published: whole-layer downloads and the archive of tiles."""

"""Vector tiles: which features they show at which zoom, the requests for them, and the statement that makes one."""

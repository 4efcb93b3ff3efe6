"""Serving beside peers and beside the bare SQL: requests a second, CPU, latency and memory, all in one run."""

"""Peers: their environments, and the tables and configurations that they read."""

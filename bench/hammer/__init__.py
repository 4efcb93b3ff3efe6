"""Hammering: many clients while releases come and go, and while things break; every answer is checked."""

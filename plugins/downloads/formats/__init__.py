"""One file for each format; a file that lies here is found, without being listed anywhere.

Each has `FORMAT`, a `plugins.downloads.format.Format`.
"""

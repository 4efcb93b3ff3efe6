"""Where readers read: what is published; in the process of a preview, what is held back and waits for approval.

One process reads one or the other, from its start to its end: `kartlagd preview` sets the variable for a process of its
own. The server's role has no right to the schema `held`, whatever its environment says.
"""

from __future__ import annotations

import os

#: What a process is told that reads held releases: `held`.
READS = "KARTLAGD_READS"
HELD = "held"
SERVER_ROLE = "kartlagd_server"
PREVIEW_ROLE = "kartlagd_preview"

_held = os.environ.get(READS) == HELD
#: The schema of layers, releases and generations, that of the tables of features, and the role that may read both.
CATALOGUE = HELD if _held else "kartlagd"
FEATURES = HELD if _held else "published"
READER_ROLE = PREVIEW_ROLE if _held else SERVER_ROLE

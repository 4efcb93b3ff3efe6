"""The server as a preview: held releases, for the person who must decide, on loopback alone."""

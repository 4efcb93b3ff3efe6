"""What a layer, a model, a publisher and a release are, and where they are kept (floor 1)."""

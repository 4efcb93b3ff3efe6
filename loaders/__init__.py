"""Source file or service -> conform -> check -> release (floor 2)."""

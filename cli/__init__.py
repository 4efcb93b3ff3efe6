"""The `kartlagd` command: one file per subcommand (floor 4)."""

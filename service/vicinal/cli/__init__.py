"""The `vicinal` command."""

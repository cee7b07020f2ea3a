"""The services: each owns its decisions, its history and its database."""

"""The telephone dialogue and the life of a temporary password (TEMP)."""

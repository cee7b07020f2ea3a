"""Where all histories meet: an index in which operators look up what happened (AUDIT-4)."""

"""Bulk operations by CSV: uploads, row rules, jobs (rules BULK-1..10). Not in service yet: nothing imports it."""

"""Bulk operations by CSV: uploads, row rules, jobs (BULK-1..10)."""

"""What the bulk service is asked, what it answers, and what it refuses (BULK-1..10).

A file goes through these states: checking → rejected, or ready → (confirmed) working → completed or failed. Nothing
outside the bulk service has changed before `completed`.
"""

"""Lines, numbers, credentials, lockouts and sessions: who may come in, as whom, and for how long."""

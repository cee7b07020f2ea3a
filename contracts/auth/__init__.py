"""What the auth service is asked, what it answers, and what it refuses.

Browser sessions are known by a *session key*: the SHA-256 (hex) of the random token in the cookie. The token itself
never leaves the gateway, so whoever reads the broker or the database cannot take a session over.
"""

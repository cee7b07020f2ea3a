"""What the otp service is asked, what it answers, and what it refuses (OTP).

Everything belongs to the assignment of a number (LINE-9). Who asks is told by auth, never by a browser: the gateway
takes a `Login` from the session and hands it on.
"""

"""What the settings service is asked, what it answers, and what it refuses (FEAT), a module for each feature.

Everything belongs to the assignment of a number (LINE-9). Who asks, and for which number, is told by auth, never by a
browser: the gateway asks auth whether the number is within the login's reach (MENU-3) and hands its answer on as `Reach`.
"""

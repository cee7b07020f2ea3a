"""The telephone dialogue for Asterisk, over FastAGI."""

"""`./hikari …`: start the site, test it, and operate it."""

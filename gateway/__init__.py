"""HTTP for browsers, the telephone platform and operators; it asks the services and decides nothing."""

"""Failures that are nobody's fault and pass by themselves."""

from __future__ import annotations

from eventsourcing.persistence import InterfaceError, OperationalError

from contracts.base import Busy, Unavailable

PASSING = (Unavailable, Busy, OperationalError, InterfaceError)
"""A service or the database is away. What failed so is tried until it succeeds."""

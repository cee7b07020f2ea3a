"""The passwords that a change of the unit asks for: compared, and every wrong one counted (UNIT-1, UNIT-2, UNIT-9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.abreast import abreast
from chassis.loading import load_many
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from contracts.auth.units import PasswordOfNumber, UnitChangeRefused
from services.auth.credential import Answer, Credential
from services.auth.logins import Guess, Logins
from services.auth.refusals import Refusals
from services.auth.session import Session
from services.auth.sessions import SessionRow, Sessions
from services.auth.store import AuthStore, NumberRow

AT_ONCE = 4
"""How many passwords of one change are compared or wait for it at a time: a long form must not fill the queue."""


@dataclass(frozen=True)
class Member:
    """A number of the line with its credential as it was at one moment."""

    row: NumberRow
    credential: Credential


def members(store: AuthStore, rows: Iterable[NumberRow]) -> list[Member]:
    """The numbers with their credentials, loaded together."""
    listed = list(rows)
    credentials = load_many(store, Credential, [row.assignment_id for row in listed])
    return [Member(row, credentials[row.assignment_id]) for row in listed]


class UnitProofs:
    """Decides whether the passwords given are right; a no is on record before it is told."""

    def __init__(self, store: AuthStore, sessions: Sessions, logins: Logins, refusals: Refusals) -> None:
        self._store = store
        self._sessions = sessions
        self._logins = logins
        self._refusals = refusals

    def prove(
        self,
        acting: SessionRow,
        asked: Sequence[Member],
        given: Mapping[str, PasswordOfNumber],
        compared: dict[UUID, Guess],
    ) -> None:
        """Come back when all are right. What was compared before is compared again only where it has moved.

        `compared` is kept up to date for the next call. Raises `UnitChangeRefused`, `NoSession`, `Busy`.
        """
        missing = tuple(one.row.number for one in asked if one.row.number not in given)
        if missing:
            raise UnitChangeRefused(missing=missing)
        self._compare(asked, given, compared)
        if not all(self._is_right(one.credential, compared[one.row.assignment_id]) for one in asked):
            self._count(acting, [one.row for one in asked], given, compared)

    def _compare(
        self, asked: Sequence[Member], given: Mapping[str, PasswordOfNumber], compared: dict[UUID, Guess]
    ) -> None:
        def compare(one: Member) -> None:
            typed, verifier = given[one.row.number], one.credential.verifier
            # Only one turn is held at a time, so that no two changes can wait for each other.
            with self._store.turns.turn(one.row.number):
                # Not as bulk work: somebody waits for the page, and logins at this number for the turn.
                matches = self._store.hashing.verify(verifier, typed.password)
            compared[one.row.assignment_id] = Guess(typed.attempt_id, typed.password, verifier or "", matches, None)

        moved = [one for one in asked if not _is_compared(one.credential, compared)]
        abreast(compare, moved, AT_ONCE)

    def _is_right(self, credential: Credential, guess: Guess) -> bool:
        # A guess that was once wrong stays wrong under its id: nobody gets another one for nothing by repeating it.
        before = credential.answered(guess.attempt_id)
        return guess.matches and before is not Answer.MISMATCHED and not credential.why_void(self._store.clock())

    @retry_on_conflict
    def _count(
        self,
        acting: SessionRow,
        rows: Sequence[NumberRow],
        given: Mapping[str, PasswordOfNumber],
        compared: dict[UUID, Guess],
    ) -> None:
        """Record every guess and raise `UnitChangeRefused` with the wrong ones.

        The right ones are recorded too: who reads that only others were wrong has been told that they are right, and
        that is told only of guesses that met no lock (LOGIN-6).
        """
        acting = self._sessions.require(acting.key)  # whose login is over gets no answer
        now = self._store.clock()
        asked = members(self._store, rows)
        self._compare(asked, given, compared)
        answers: list[tuple[Member, Answer]] = []
        aggregates: list[Credential | Session] = []
        writes: list[Write] = []
        for one in asked:
            guess = compared[one.row.assignment_id]
            answers.append((one, one.credential.record_attempt(guess.attempt_id, matches=guess.matches, now=now)))
            if one.credential.pending_events:
                ended, ends = self._logins.record_mismatch(one.credential, one.row, now)
                aggregates += [one.credential, *ended]
                writes += ends
        self._store.save(*aggregates, writes=writes, trail=self._store.trail(acting.owner, acting.role))
        for one, answer in answers:
            if answer is Answer.REFUSED:
                self._refusals.count(one.row, one.credential.why_void(now) or "refused")
        wrong = tuple(one.row.number for one, answer in answers if answer is not Answer.MATCHED)
        if wrong:
            raise UnitChangeRefused(wrong=wrong)


def _is_compared(credential: Credential, compared: Mapping[UUID, Guess]) -> bool:
    guess = compared.get(credential.id)
    return guess is not None and guess.verifier == (credential.verifier or "")

"""Setting a feature of a number, seeing how it came to be so, and going back (FEAT-6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import islice
from typing import Any, Protocol, TypeVar
from uuid import UUID

from chassis.personal_data import Sealed
from chassis.recorders import Write
from chassis.store import retry_on_conflict
from chassis.trail import Trail
from contracts.base import Message, Nothing
from contracts.phone import AssignmentId, Feature
from contracts.settings.api import (
    AnySettings,
    RestoreSettings,
    SettingsChange,
    SettingsHistory,
    SettingsHistoryQuery,
    SettingsQuery,
    SettingsView,
    addresses_of,
)
from contracts.settings.common import NotContracted, Reach, SettingsMovedOn
from contracts.settings.restoring import brought_back
from services.settings.exclusive import in_the_way_of, writes_for
from services.settings.feature_settings import FeatureSettings, stream_of
from services.settings.kinds import KINDS, from_text, to_text
from services.settings.store import SettingsStore

MOST_A_PAGE = 50

S = TypeVar("S", bound=Any)


class SetRules(Protocol):
    """What an order that sets the rules of a feature has."""

    @property
    def reach(self) -> Reach: ...
    @property
    def change_id(self) -> UUID: ...
    @property
    def seen(self) -> int: ...
    @property
    def rules(self) -> Message: ...


class Changes:
    """The one way in which any feature's settings are read and changed."""

    def __init__(self, store: SettingsStore) -> None:
        self._store = store

    def view(self, query: SettingsQuery) -> SettingsView:
        """How it is set now. Raises `NotContracted`."""
        self._store.require_contracted(query.reach, query.feature)
        found = self._store.find(query.reach.assignment_id, query.feature)
        return SettingsView(
            settings=self._state(found, query.feature),
            version=found.changes if found else 0,
            limits=self._store.limits,
            in_the_way=in_the_way_of(self._store, query.reach.assignment_id, query.feature),
        )

    def present(self, assignment_id: AssignmentId, feature: Feature) -> AnySettings:
        """How it is set now, for what the network tells; nobody is asked whether it is contracted."""
        return self.present_of([assignment_id], feature)[assignment_id]

    def present_of(self, assignment_ids: list[AssignmentId], feature: Feature) -> dict[AssignmentId, AnySettings]:
        """The same for many numbers, with one look at rows and keys."""
        states = self._store.states(assignment_ids, feature)
        texts = dict(zip(states, self._store.personal.open_all(states.values()), strict=True))
        first: AnySettings = KINDS[feature].model()
        return {one: from_text(text) if (text := texts.get(one)) else first for one in assignment_ids}

    def set_rules(self, request: SetRules, model: type[Any]) -> Nothing:
        """Set all that the form of a feature sets, and leave the rest. Raises what `change` raises.

        Addresses that came, went or were proved since `seen` are no conflict: nothing of them is overwritten.
        """
        rules = dict(request.rules)

        def alter(present: Any) -> Any:
            return present.model_copy(update=rules)

        self.change(request.reach, model, request.change_id, alter, seen=request.seen, overwriting=rules)
        return Nothing()

    @retry_on_conflict
    def change(
        self,
        reach: Reach,
        model: type[S],
        change_id: UUID,
        alter: Callable[[S], S],
        *,
        seen: int | None = None,
        overwriting: Collection[str] | None = None,
        restored: int | None = None,
        writes: Sequence[Write] = (),
    ) -> int | None:
        """Let `alter` make new settings of the present ones, and record both, and with them `writes`. What changes nothing is not recorded.

        Answers the version that this made; None where nothing changed. Raises `NotContracted`, what `alter` and the
        feature's check raise, and `SettingsMovedOn` where `seen` is given and the settings, or of them the fields
        `overwriting`, are not in force any more as that version had them. Repeating one `change_id` does nothing and is
        answered the same.
        """
        feature: Feature = model.model_fields["feature"].default
        store = self._store
        store.require_contracted(reach, feature)
        now = store.clock()
        found = store.find(reach.assignment_id, feature)
        if found is not None and found.ended:
            raise NotContracted
        settings = found or FeatureSettings.begin(reach.assignment_id, feature, now)
        made = settings.made_by(change_id)
        if made is not None:
            return made
        old = self._state(found, feature)
        assert isinstance(old, model)
        if seen is not None and seen != settings.changes:
            if overwriting is None:
                raise SettingsMovedOn
            shown = self._as_of(found, feature, seen)
            if any(getattr(shown, name) != getattr(old, name) for name in overwriting):
                raise SettingsMovedOn
        new = alter(old)
        if new == old:
            return None
        checked = KINDS[feature].check(store, reach, new)
        settings.change(
            change_id, old=self._sealed(reach, old), new=self._sealed(reach, new), restored=restored, now=now
        )
        rows = [store.state_write(settings), *writes_for(reach.assignment_id, feature, on=new.on), *checked, *writes]
        store.save(settings, writes=rows, trail=store.trail_of(reach))
        return settings.changes

    @retry_on_conflict
    def verify(self, assignment_id: AssignmentId, feature: Feature, address_id: UUID, change_id: UUID) -> None:
        """Whoever reads the mail at an address has opened the link, which is the holder as far as anyone can tell.

        Nobody is logged in. What is not there any more, or proved already, is left as it is.
        """
        store = self._store
        found = store.find(assignment_id, feature)
        if found is None or found.ended:
            return
        old: Any = self._state(found, feature)
        proved = tuple(
            one.model_copy(update={"verified": True}) if one.address_id == address_id else one
            for one in addresses_of(old)
        )
        if proved == addresses_of(old):
            return
        new = old.model_copy(update={"addresses": proved})
        before, after = (store.personal.seal(assignment_id, to_text(one)) for one in (old, new))
        found.change(change_id, old=before, new=after, now=store.clock())
        store.save(found, writes=[store.state_write(found)], trail=store.trail_of_holder())

    # --- history ---------------------------------------------------------------------------------------------

    def history(self, query: SettingsHistoryQuery) -> SettingsHistory:
        """The newest first. Raises `NotContracted`."""
        self._store.require_contracted(query.reach, query.feature)
        found = self._store.find(query.reach.assignment_id, query.feature)
        size = max(1, min(query.limit, MOST_A_PAGE))
        events = self._events(found, query.before, size + 1) if found else []
        return SettingsHistory(
            changes=tuple(self._told(event, query.feature) for event in events[:size]),
            more=len(events) > size,
            version=found.changes if found else 0,
        )

    def restore(self, request: RestoreSettings) -> Nothing:
        """Bring back what a change had made, by another change; nothing is taken out of the history.

        Raises what `change` raises.
        """
        kind = KINDS[request.feature]
        self._store.require_contracted(request.reach, request.feature)
        found = self._store.find(request.reach.assignment_id, request.feature)
        earlier = self._as_of(found, request.feature, request.version)

        def back(present: AnySettings) -> AnySettings:
            return brought_back(earlier, present)

        self.change(request.reach, kind.model, request.change_id, back, seen=request.seen, restored=request.version)
        return Nothing()

    # --- parts -----------------------------------------------------------------------------------------------

    def _as_of(self, found: FeatureSettings | None, feature: Feature, version: int) -> AnySettings:
        """As this version had it. Raises `SettingsMovedOn` where there never was one."""
        if version == 0:
            first: AnySettings = KINDS[feature].model()
            return first
        events = self._events(found, version + 1, 1) if found else []
        if not events or events[0].number != version:
            raise SettingsMovedOn
        return self._opened(events[0].new, feature)

    def _events(self, settings: FeatureSettings, before: int | None, limit: int) -> list[FeatureSettings.Changed]:
        """A stream begins with one event that changes nothing, so the n-th change is its n+1st event."""
        recorded = self._store.events.get(
            stream_of(settings.assignment_id, Feature(settings.feature)), lte=before, desc=True, limit=limit + 1
        )
        return list(islice((one for one in recorded if isinstance(one, FeatureSettings.Changed)), limit))

    def _told(self, event: FeatureSettings.Changed, feature: Feature) -> SettingsChange:
        trail = Trail.of(event)
        return SettingsChange(
            version=event.number,
            at=event.timestamp,
            by=self._store.personal.open(trail.actor),
            role=trail.role,
            channel=trail.channel,
            old=self._opened(event.old, feature),
            new=self._opened(event.new, feature),
            restored=event.restored,
        )

    def _state(self, settings: FeatureSettings | None, feature: Feature) -> AnySettings:
        return self._opened(settings.state if settings else None, feature)

    def _opened(self, sealed: Sealed | None, feature: Feature) -> AnySettings:
        """What was sealed; as if nothing were set where nothing was, or where it was erased."""
        text = self._store.personal.open(sealed)
        first: AnySettings = KINDS[feature].model()
        return from_text(text) if text is not None else first

    def _sealed(self, reach: Reach, settings: AnySettings) -> Sealed:
        return self._store.personal.seal(reach.assignment_id, to_text(settings))

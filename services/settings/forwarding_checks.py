"""What stands in the way of a forwarding, beyond the rules of the form: targets, loops, fax notification (FEAT-2, FEAT-3)."""

from __future__ import annotations

from chassis.recorders import Write
from contracts.phone import Feature
from contracts.settings.call_forwarding import CallForwarding
from contracts.settings.common import Reach, SettingsRejected, SlotFault, TargetFault
from services.settings import call_forwarding_rules
from services.settings.exclusive import excluded_by
from services.settings.line_graph import LineGraph
from services.settings.store import SettingsStore
from services.settings.targets import TargetLimits, fault_of

FEATURE = Feature.CALL_FORWARDING


def check(store: SettingsStore, reach: Reach, settings: CallForwarding) -> list[Write]:
    """Raises `SettingsRejected` with everything that is wrong; gives what decides between two at the same moment."""
    graph = LineGraph(store, reach.contract_number)
    faults = list(call_forwarding_rules.faults(settings, store.limits))
    if settings.on:
        faults += excluded_by(store, reach.assignment_id, FEATURE)
    targets = _target_faults(store, graph, reach, settings)
    if faults or targets:
        raise SettingsRejected(faults=tuple(faults), targets=targets)
    return [graph.counted_on()] if settings.on else []


def target_limits(store: SettingsStore) -> TargetLimits:
    """As the operator has set them."""
    config = store.config
    return TargetLimits(config.emergency_numbers, config.charged_beginnings, config.forwarding_abroad)


def _target_faults(
    store: SettingsStore, graph: LineGraph, reach: Reach, settings: CallForwarding
) -> tuple[SlotFault, ...]:
    limits = target_limits(store)
    found = []
    for slot, target in enumerate(settings.targets, start=1):
        fault = fault_of(target, reach.number, limits) if target else None
        in_use = settings.on and slot == settings.active
        if fault is None and in_use and graph.comes_back(reach.number, target):
            fault = TargetFault.LOOP
        if fault is not None:
            found.append(SlotFault(slot=slot, fault=fault))
    return tuple(found)

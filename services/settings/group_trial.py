"""What would become of each number if a group started now: the dry run, and the start itself (FEAT-4)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts.phone import Feature
from contracts.settings.bulk_forwarding import MemberFault, StoredMember
from services.settings.forwarding_checks import target_limits
from services.settings.group_rows import GroupRows
from services.settings.line_graph import LineGraph
from services.settings.store import SettingsStore
from services.settings.targets import TargetLimits, fault_of


def trial(
    store: SettingsStore, graph: LineGraph, contract_number: str, group_id: UUID, members: Sequence[StoredMember]
) -> list[MemberFault | None]:
    """For each member why it could not be forwarded, in order; None where it could. Its ways are added to the graph."""
    on_line = {held.assignment_id for held in store.holders_on_line(contract_number, Feature.BULK_FORWARDING)}
    elsewhere = GroupRows(store).routed_now(member.assignment_id for member in members)
    limits = target_limits(store)
    graph.look_up(number for member in members for number in (member.number, member.target))
    found: list[MemberFault | None] = []
    for member in members:
        if member.assignment_id not in on_line:
            fault: MemberFault | None = MemberFault.NOT_ON_LINE
        elif elsewhere.get(member.assignment_id, group_id) != group_id:
            fault = MemberFault.IN_ANOTHER_GROUP
        else:
            fault = target_fault(member.number, member.target, limits)
        if fault is None and graph.comes_back(member.number, member.target):
            fault = MemberFault.LOOP
        if fault is None:
            graph.add(member.number, member.target)
        found.append(fault)
    return found


def target_fault(number: str, target: str, limits: TargetLimits) -> MemberFault | None:
    """What is wrong with the target itself."""
    if not target:
        return MemberFault.NO_TARGET
    fault = fault_of(target, number, limits)
    return MemberFault(fault.value) if fault else None

"""What a service that follows others answers about it: what is parked, and the order to take it up again."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.follower import Follower
from chassis.orders import record_retry
from chassis.rpc import Service, rpc
from contracts.base import Nothing, ParkedEvents, TakenUp


class FollowingService(Service):
    """A service names its followers. Implements `contracts.base.FollowingApi`."""

    def followers(self) -> Sequence[Follower]:
        """One for each source."""
        raise NotImplementedError

    @rpc
    def parked_events(self, request: Nothing) -> ParkedEvents:
        """What was put aside, source by source."""
        followers = self.followers()
        events = [event for follower in followers for event in follower.parked()]
        return ParkedEvents(events=tuple(events), count=sum(follower.parked_count() for follower in followers))

    @rpc
    def retry_parked(self, request: Nothing) -> TakenUp:
        """Take up a number of parked events in order; to be asked again as long as some are done and some left."""
        followers = self.followers()
        # Recorded first: that it was ordered stays true whatever comes of it.
        record_retry(followers[0].application, parked=sum(follower.parked_count() for follower in followers))
        taken = [follower.retry() for follower in followers]
        return TakenUp(done=sum(one.done for one in taken), left=sum(one.left for one in taken))

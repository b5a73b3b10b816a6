"""EventBridge. Putting events is a data event (our choice: payload, not configuration)."""

from __future__ import annotations

from s3trail.audit.facts.fact import Service, table, words

__all__ = ["OPERATIONS", "SERVICE"]

SERVICE = Service(
    source="events.amazonaws.com",
    # `AuthParameters` hold passwords and keys under harmless names, so the whole member goes; headers and
    # queries for targets are where people put tokens. `Detail` and `Event` are payload.
    secrets=words("""
        AuthParameters Detail Event GraphQLOperation HeaderParameters QueryStringParameters Sql Sqls
        """),
    times=words("""
        CreationTime EventEndTime EventStartTime LastAuthorizedTime LastModifiedTime ReplayStartTime Time
        """),
    maps=frozenset({"InputPathsMap"}),
)

OPERATIONS = table(
    SERVICE,
    """
    ActivateEventSource CancelReplay CreateApiDestination CreateArchive CreateConnection CreateEndpoint
    CreateEventBus CreatePartnerEventSource DeactivateEventSource DeauthorizeConnection
    DeleteApiDestination DeleteArchive DeleteConnection DeleteEndpoint DeleteEventBus
    DeletePartnerEventSource DeleteRule DescribeApiDestination DescribeArchive DescribeConnection
    DescribeEndpoint DescribeEventBus DescribeEventSource DescribePartnerEventSource DescribeReplay
    DescribeRule DisableRule EnableRule ListApiDestinations ListArchives ListConnections ListEndpoints
    ListEventBuses ListEventSources ListPartnerEventSourceAccounts ListPartnerEventSources ListReplays
    ListRuleNamesByTarget ListRules ListTagsForResource ListTargetsByRule PutEvents PutPartnerEvents
    PutPermission PutRule PutTargets RemovePermission RemoveTargets StartReplay TagResource
    TestEventPattern UntagResource UpdateApiDestination UpdateArchive UpdateConnection UpdateEndpoint
    UpdateEventBus
    """,
    reads=("TestEventPattern",),
    data=("PutEvents", "PutPartnerEvents"),
)

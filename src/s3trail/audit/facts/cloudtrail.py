"""CloudTrail itself; and `cloudtrail-data`, whose only operation is a data event."""

from __future__ import annotations

from s3trail.audit.facts.fact import Service, table, words

__all__ = ["DATA_OPERATIONS", "DATA_SERVICE", "OPERATIONS", "SERVICE"]

SERVICE = Service(
    source="cloudtrail.amazonaws.com",
    times=words("""
        CreatedTimestamp EndEventTime EndTime EventTime StartEventTime StartTime UpdatedTimestamp
        """),
    maps=frozenset({"Dimensions", "QueryParameterValues", "ViewProperties"}),
)

DATA_SERVICE = Service(
    source="cloudtrail-data.amazonaws.com",
    # The events that a partner puts are records themselves, and their payload is theirs.
    secrets=frozenset({"auditEvents"}),
)

OPERATIONS = table(
    SERVICE,
    """
    AddTags CancelQuery CreateChannel CreateDashboard CreateEventDataStore CreateTrail DeleteChannel
    DeleteDashboard DeleteEventDataStore DeleteResourcePolicy DeleteTrail
    DeregisterOrganizationDelegatedAdmin DescribeQuery DescribeTrails DisableFederation EnableFederation
    GenerateQuery GetChannel GetDashboard GetEventConfiguration GetEventDataStore GetEventSelectors
    GetImport GetInsightSelectors GetQueryResults GetResourcePolicy GetTrail GetTrailStatus ListChannels
    ListDashboards ListEventDataStores ListImportFailures ListImports ListInsightsData
    ListInsightsMetricData ListPublicKeys ListQueries ListTags ListTrails LookupEvents
    PutEventConfiguration PutEventSelectors PutInsightSelectors PutResourcePolicy
    RegisterOrganizationDelegatedAdmin RemoveTags RestoreEventDataStore SearchSampleQueries
    StartDashboardRefresh StartEventDataStoreIngestion StartImport StartLogging StartQuery
    StopEventDataStoreIngestion StopImport StopLogging UpdateChannel UpdateDashboard UpdateEventDataStore
    UpdateTrail
    """,
    reads=("GenerateQuery", "LookupEvents", "SearchSampleQueries"),
)

DATA_OPERATIONS = table(DATA_SERVICE, "PutAuditEvents", data=("PutAuditEvents",))

"""CloudWatch metrics and alarms.

Reading and putting measurements are data events of `AWS::CloudWatch::Metric` (CloudWatch User Guide, "Logging
CloudWatch API calls"); alarms and dashboards are management events.
"""

from __future__ import annotations

from s3trail.audit.facts.fact import Service, table

__all__ = ["OPERATIONS", "SERVICE"]

SERVICE = Service(
    source="monitoring.amazonaws.com",
    times=frozenset(
        {"CreatedAt", "EndDate", "EndTime", "ExpireDate", "StartDate", "StartTime", "Timestamp", "UpdatedAt"}
    ),
    maps=frozenset({"Attributes", "KeyAttributes"}),
)

OPERATIONS = table(
    SERVICE,
    """
    AssociateDatasetKmsKey CreateResourceMetricsConfiguration DeleteAlarmMuteRule DeleteAlarms
    DeleteAnomalyDetector DeleteDashboards DeleteInsightRules DeleteMetricDataQueryDefinition
    DeleteMetricStream DeleteResourceMetricsConfiguration DescribeAlarmContributors DescribeAlarmHistory
    DescribeAlarms DescribeAlarmsForMetric DescribeAnomalyDetectors DescribeInsightRules
    DisableAlarmActions DisableInsightRules DisassociateDatasetKmsKey EnableAlarmActions
    EnableInsightRules GetAlarmMuteRule GetDashboard GetDataset GetInsightRuleReport GetMetricData
    GetMetricDataQueryDefinition GetMetricStatistics GetMetricStream GetMetricWidgetImage
    GetOTelEnrichment GetResourceMetricsConfiguration ListAlarmMuteRules ListDashboards
    ListManagedInsightRules ListMetricDataQueryDefinitions ListMetricStreams ListMetrics
    ListTagsForResource PutAlarmMuteRule PutAnomalyDetector PutCompositeAlarm PutDashboard PutInsightRule
    PutLogAlarm PutManagedInsightRules PutMetricAlarm PutMetricData PutMetricDataQueryDefinition
    PutMetricStream SetAlarmState StartMetricStreams StartOTelEnrichment StopMetricStreams
    StopOTelEnrichment TagResource UntagResource UpdateOTelEnrichment UpdateResourceMetricsConfiguration
    """,
    data=("GetMetricData", "GetMetricStatistics", "GetMetricWidgetImage", "ListMetrics", "PutMetricData"),
)

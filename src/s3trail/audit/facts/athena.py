"""Athena: every call is a management event; starting a query counts as a write."""

from __future__ import annotations

from s3trail.audit.facts.fact import Service, table

__all__ = ["OPERATIONS", "SERVICE"]

SERVICE = Service(
    source="athena.amazonaws.com",
    secrets=frozenset({"AuthToken", "NotebookUrl", "Payload"}),
    times=frozenset({"CreatedAt", "CreationTime", "LastModifiedAt", "LastModifiedTime"}),
    maps=frozenset({"AdditionalConfigs", "LogTypes", "Parameters", "Properties", "SparkProperties"}),
)

OPERATIONS = table(
    SERVICE,
    """
    BatchGetNamedQuery BatchGetPreparedStatement BatchGetQueryExecution CancelCapacityReservation
    CreateCapacityReservation CreateDataCatalog CreateNamedQuery CreateNotebook CreatePreparedStatement
    CreatePresignedNotebookUrl CreateSystemTableConfiguration CreateWorkGroup DeleteCapacityReservation
    DeleteDataCatalog DeleteNamedQuery DeleteNotebook DeletePreparedStatement
    DeleteSystemTableConfiguration DeleteWorkGroup ExportNotebook GetCalculationExecution
    GetCalculationExecutionCode GetCalculationExecutionStatus GetCapacityAssignmentConfiguration
    GetCapacityReservation GetDataCatalog GetDatabase GetNamedQuery GetNotebookMetadata
    GetPreparedStatement GetQueryExecution GetQueryResults GetQueryRuntimeStatistics GetResourceDashboard
    GetSession GetSessionEndpoint GetSessionStatus GetSystemTableConfiguration GetTableMetadata
    GetWorkGroup ImportNotebook ListApplicationDPUSizes ListCalculationExecutions ListCapacityReservations
    ListDataCatalogs ListDatabases ListEngineVersions ListExecutors ListNamedQueries ListNotebookMetadata
    ListNotebookSessions ListPreparedStatements ListQueryExecutions ListSessions ListSystemTableStatuses
    ListTableMetadata ListTagsForResource ListWorkGroups PutCapacityAssignmentConfiguration
    StartCalculationExecution StartQueryExecution StartSession StopCalculationExecution StopQueryExecution
    TagResource TerminateSession UntagResource UpdateCapacityReservation UpdateDataCatalog
    UpdateNamedQuery UpdateNotebook UpdateNotebookMetadata UpdatePreparedStatement
    UpdateSystemTableConfiguration UpdateWorkGroup
    """,
    reads=("ExportNotebook",),
)

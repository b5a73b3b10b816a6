"""Lambda: invoking is a data event, all else is management.

Event names carry the date of the API in which an operation came, and `v2` where it was remade:
`GetFunction20150331v2`. Real records prove seven of them; the others follow from the date in the operation's
URL (Lambda Developer Guide, "Logging Lambda API calls").
"""

from __future__ import annotations

from s3trail.audit.facts.fact import Service, table, words

__all__ = ["OPERATIONS", "SERVICE"]

SERVICE = Service(
    source="lambda.amazonaws.com",
    # Code, payloads, and the environment's variables, which people fill with passwords.
    secrets=words("""
        ClientContext ErrorData ErrorMessage ErrorType InputPayload InvokeArgs Message Payload Reason Result
        StackTrace Variables ZipFile
        """),
    times=words("""
        DeletionRequestTimestamp EndTimestamp LastModified NextAttemptTimestamp ScheduledEndTimestamp
        StartTimestamp StartedAfter StartedBefore StartingPositionTimestamp StopTimestamp
        """),
    maps=frozenset({"AdditionalVersionWeights", "Endpoints", "ExplicitTags", "Tags"}),
)

_DATED = {
    "20150331": """
        CreateAlias CreateEventSourceMapping CreateFunction DeleteAlias DeleteEventSourceMapping
        DeleteFunction GetAlias GetEventSourceMapping ListAliases ListEventSourceMappings ListFunctions
        ListVersionsByFunction PublishVersion UpdateAlias UpdateEventSourceMapping
    """,
    "20150331v2": """
        AddPermission GetFunction GetFunctionConfiguration GetPolicy RemovePermission UpdateFunctionCode
        UpdateFunctionConfiguration
    """,
    "20160819": "GetAccountSettings",
    "20170331": "ListTags",
    "20170331v2": "TagResource UntagResource",
    "20171031": "DeleteFunctionConcurrency PutFunctionConcurrency",
    "20181031": """
        AddLayerVersionPermission DeleteLayerVersion GetLayerVersion GetLayerVersionPolicy ListLayerVersions
        ListLayers PublishLayerVersion RemoveLayerVersionPermission
    """,
}

OPERATIONS = table(
    SERVICE,
    """
    AddLayerVersionPermission AddPermission CheckpointDurableExecution CreateAlias CreateCapacityProvider
    CreateCodeSigningConfig CreateEventSourceMapping CreateFunction CreateFunctionUrlConfig DeleteAlias
    DeleteCapacityProvider DeleteCodeSigningConfig DeleteDurableExecution DeleteEventSourceMapping
    DeleteFunction DeleteFunctionCodeSigningConfig DeleteFunctionConcurrency
    DeleteFunctionEventInvokeConfig DeleteFunctionUrlConfig DeleteLayerVersion
    DeleteProvisionedConcurrencyConfig DeleteResourcePolicy GetAccountSettings GetAlias
    GetCapacityProvider GetCodeSigningConfig GetDurableExecution GetDurableExecutionHistory
    GetDurableExecutionState GetEventSourceMapping GetFunction GetFunctionCodeSigningConfig
    GetFunctionConcurrency GetFunctionConfiguration GetFunctionEventInvokeConfig
    GetFunctionRecursionConfig GetFunctionScalingConfig GetFunctionUrlConfig GetLayerVersion
    GetLayerVersionByArn GetLayerVersionPolicy GetPolicy GetProvisionedConcurrencyConfig GetResourcePolicy
    GetRuntimeManagementConfig Invoke InvokeAsync InvokeWithResponseStream ListAliases
    ListCapacityProviders ListCodeSigningConfigs ListDurableExecutionsByFunction ListEventSourceMappings
    ListFunctionEventInvokeConfigs ListFunctionUrlConfigs ListFunctionVersionsByCapacityProvider
    ListFunctions ListFunctionsByCodeSigningConfig ListLayerVersions ListLayers
    ListProvisionedConcurrencyConfigs ListTags ListVersionsByFunction PauseDurableExecution
    PublishLayerVersion PublishVersion PutFunctionCodeSigningConfig PutFunctionConcurrency
    PutFunctionEventInvokeConfig PutFunctionRecursionConfig PutFunctionScalingConfig
    PutProvisionedConcurrencyConfig PutResourcePolicy PutRuntimeManagementConfig
    RemoveLayerVersionPermission RemovePermission ResumeDurableExecution
    SendDurableExecutionCallbackFailure SendDurableExecutionCallbackHeartbeat
    SendDurableExecutionCallbackSuccess StopDurableExecution TagResource UntagResource UpdateAlias
    UpdateCapacityProvider UpdateCodeSigningConfig UpdateEventSourceMapping UpdateFunctionCode
    UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig UpdateFunctionUrlConfig
    """,
    data=("Invoke", "InvokeAsync", "InvokeWithResponseStream"),
    renamed={name: name + date for date, names in _DATED.items() for name in names.split()},
)

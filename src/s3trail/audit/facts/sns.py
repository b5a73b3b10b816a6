"""SNS: publishing is a data event, all else is management. Messages and tokens are left out."""

from __future__ import annotations

from s3trail.audit.facts.fact import Service, exceptions, table, words

__all__ = ["OPERATIONS", "SERVICE"]

SERVICE = Service(
    source="sns.amazonaws.com",
    # `PlatformCredential` and `PlatformPrincipal` are keys of the `Attributes` map. Phone numbers are marked
    # sensitive in the model.
    secrets=words("""
        Message MessageAttributes OneTimePassword PhoneNumber PlatformCredential PlatformPrincipal
        PublishBatchRequestEntries Subject Token phoneNumber
        """),
    maps=frozenset({"Attributes", "attributes"}),
    error_names=exceptions(
        """
        AuthorizationError BatchEntryIdsNotDistinct BatchRequestTooLong ConcurrentAccess EmptyBatchRequest
        EndpointDisabled FilterPolicyLimitExceeded InternalError InvalidBatchEntryId InvalidParameter
        InvalidSecurity InvalidState KMSAccessDenied KMSDisabled KMSInvalidState KMSNotFound KMSThrottling
        NotFound OptedOut PlatformApplicationDisabled ReplayLimitExceeded ResourceNotFound StaleTag
        SubscriptionLimitExceeded TagLimitExceeded TagPolicy Throttled TooManyEntriesInBatchRequest
        TopicLimitExceeded UserError
        """,
        ParameterValueInvalid="InvalidParameterValueException",
    ),
)

OPERATIONS = table(
    SERVICE,
    """
    AddPermission CheckIfPhoneNumberIsOptedOut ConfirmSubscription CreatePlatformApplication
    CreatePlatformEndpoint CreateSMSSandboxPhoneNumber CreateTopic DeleteEndpoint
    DeletePlatformApplication DeleteSMSSandboxPhoneNumber DeleteTopic GetDataProtectionPolicy
    GetEndpointAttributes GetPlatformApplicationAttributes GetSMSAttributes GetSMSSandboxAccountStatus
    GetSubscriptionAttributes GetTopicAttributes ListEndpointsByPlatformApplication ListOriginationNumbers
    ListPhoneNumbersOptedOut ListPlatformApplications ListSMSSandboxPhoneNumbers ListSubscriptions
    ListSubscriptionsByTopic ListTagsForResource ListTopics OptInPhoneNumber Publish PublishBatch
    PutDataProtectionPolicy RemovePermission SetEndpointAttributes SetPlatformApplicationAttributes
    SetSMSAttributes SetSubscriptionAttributes SetTopicAttributes Subscribe TagResource Unsubscribe
    UntagResource VerifySMSSandboxPhoneNumber
    """,
    reads=("CheckIfPhoneNumberIsOptedOut",),
    data=("Publish", "PublishBatch"),
)

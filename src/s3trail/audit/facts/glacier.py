"""Glacier (vault API): every call is a management event (sheet `cloudtrail-records.md`, section 5)."""

from __future__ import annotations

from s3trail.audit.facts.fact import Service, table

__all__ = ["OPERATIONS", "SERVICE"]

SERVICE = Service(
    source="glacier.amazonaws.com",
    # Real records of 2024 still say 1.08 when S3's said 1.10.
    version="1.08",
    secrets=frozenset({"body"}),
    maps=frozenset({"Tagging", "Tags", "UserMetadata"}),
    denied_without_parameters=True,
)

OPERATIONS = table(
    SERVICE,
    """
    AbortMultipartUpload AbortVaultLock AddTagsToVault CompleteMultipartUpload CompleteVaultLock
    CreateVault DeleteArchive DeleteVault DeleteVaultAccessPolicy DeleteVaultNotifications DescribeJob
    DescribeVault GetDataRetrievalPolicy GetJobOutput GetVaultAccessPolicy GetVaultLock
    GetVaultNotifications InitiateJob InitiateMultipartUpload InitiateVaultLock ListJobs
    ListMultipartUploads ListParts ListProvisionedCapacity ListTagsForVault ListVaults
    PurchaseProvisionedCapacity RemoveTagsFromVault SetDataRetrievalPolicy SetVaultAccessPolicy
    SetVaultNotifications UploadArchive UploadMultipartPart
    """,
)

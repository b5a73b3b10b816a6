"""`responseElements`: what a call changed or handed out.

Null for what only reads. S3's hold headers of the answer, never its body; failed calls have them too where S3
sent them. The other services' are the result's members, and null when the call failed. Source: reference
sheet `cloudtrail-records.md`, section 3.5.
"""

from __future__ import annotations

from typing import Any

from s3trail.audit.exchange import Exchange
from s3trail.audit.facts.fact import Fact
from s3trail.audit.hash_order import in_copied_order
from s3trail.audit.redact import members

__all__ = ["response_elements"]


def response_elements(exchange: Exchange, fact: Fact) -> dict[str, Any] | None:
    """`responseElements`; None (JSON null) when there is nothing to say."""
    if fact.s3 is not None:
        wanted = fact.s3.answer_headers
        if not wanted:
            return None
        headers = {name.lower(): value for name, value in exchange.response_headers}
        found = {name: headers[name] for name in sorted(wanted) if name in headers}
        return in_copied_order(found) if found else None
    if not fact.answered or exchange.error is not None or exchange.result is None:
        return None
    return members(exchange.result, fact.service)

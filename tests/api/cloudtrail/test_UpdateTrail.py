"""UpdateTrail: log file validation on and off."""

from __future__ import annotations

from typing import Any

from s3trail.testing.server import Server
from tests.api.expect import recorded


def test_switches_log_file_validation(server: Server, cloudtrail: Any, trail: dict[str, Any]) -> None:
    name = trail["Name"]
    for wanted in (True, False):
        answer = cloudtrail.update_trail(Name=name, EnableLogFileValidation=wanted)
        assert answer["LogFileValidationEnabled"] is wanted
        assert cloudtrail.get_trail(Name=name)["Trail"]["LogFileValidationEnabled"] is wanted
        (described,) = cloudtrail.describe_trails(trailNameList=[name])["trailList"]
        assert described["LogFileValidationEnabled"] is wanted
        record = recorded(server, answer, "UpdateTrail")
        assert record["requestParameters"] == {"name": name, "enableLogFileValidation": wanted}
        assert record["responseElements"]["logFileValidationEnabled"] is wanted


def test_leaves_what_is_not_given(cloudtrail: Any, trail: dict[str, Any]) -> None:
    cloudtrail.update_trail(Name=trail["Name"], EnableLogFileValidation=True, S3KeyPrefix="audit")
    answer = cloudtrail.update_trail(Name=trail["Name"], RecursiveLogging=False)
    assert (answer["LogFileValidationEnabled"], answer["S3KeyPrefix"]) == (True, "audit")

"""Pages go on rightly while items come and go."""

from __future__ import annotations

import pytest

from s3trail.kernel.errors import AwsError
from s3trail.services.iam.paging import page
from tests.unit.services.iam.conftest import Iam, names


def test_goes_on_after_the_last_item_even_if_it_is_gone(iam: Iam) -> None:
    for name in ("a", "b", "d", "e"):
        iam.call("CreateUser", UserName=name)
    first = iam.call("ListUsers", MaxItems=2)
    assert (names(first["Users"], "UserName"), first["IsTruncated"]) == (["a", "b"], True)
    iam.call("DeleteUser", UserName="b")
    iam.call("CreateUser", UserName="c")
    rest = iam.call("ListUsers", Marker=first["Marker"])
    assert (names(rest["Users"], "UserName"), rest["IsTruncated"]) == (["c", "d", "e"], False)
    assert "Marker" not in rest


def test_a_page_that_is_just_full_is_the_last() -> None:
    assert page("ab", {"MaxItems": 2}, str) == (["a", "b"], {"IsTruncated": False})


def test_a_hundred_items_are_usual() -> None:
    items = [f"{number:03d}" for number in range(150)]
    shown, more = page(items, {}, str)
    assert (len(shown), more["IsTruncated"]) == (100, True)
    assert page(items, more, str) == (items[100:], {"IsTruncated": False})


@pytest.mark.parametrize("marker", ["ä", "A", "////"])
def test_refuses_other_markers(marker: str) -> None:
    with pytest.raises(AwsError, match="Invalid Marker"):
        page("ab", {"Marker": marker}, str)

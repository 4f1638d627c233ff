"""A name that is twice among a record's headers loses no value."""

import pytest

from servicekit.eventlog.headers import joined


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], {}),
        ([("jws", "a")], {"jws": "a"}),
        ([("jws", "a"), ("jws", "b")], {"jws": "a, b"}),
        ([("jws", "a"), ("x", "1"), ("jws", "a")], {"jws": "a, a", "x": "1"}),
        ([("jws", ""), ("jws", "b")], {"jws": ", b"}),
        ([("jws", "a"), ("JWS", "b")], {"jws": "a", "JWS": "b"}),
    ],
)
def test_values_of_one_name_are_joined(headers: list[tuple[str, str]], expected: dict[str, str]) -> None:
    assert joined(headers) == expected

import inspect
import re

from vicinal.core import errors
from vicinal.core.errors import InvalidInput, VicinalError
from vicinal.records.errors import Violation

EVERY = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, VicinalError)]


def test_one_wrong_field_is_named():
    error = InvalidInput.at("labels[3].item_id", "is empty")
    assert str(error) == "labels[3].item_id: is empty"
    assert error.violations == (Violation("labels[3].item_id", "is empty"),)


def test_of_many_wrong_fields_all_are_kept():
    error = InvalidInput.of([Violation("a", "is empty"), Violation("b", "is long"), Violation("c", "is odd")])
    assert error.message == "a: is empty (and 2 more)"
    assert [violation.field for violation in error.violations] == ["a", "b", "c"]


def test_each_has_a_reason_of_its_own():
    reasons = [kind.reason for kind in EVERY]
    assert len(set(reasons)) == len(reasons)
    assert all(re.fullmatch("[A-Z]+(_[A-Z]+)*", reason) for reason in reasons)


def test_details_are_the_errors_own():
    details = {"pool_id": "fruits"}
    error = errors.PoolNotFound("no pool 'fruits'", details=details)
    details.clear()
    assert error.details == {"pool_id": "fruits"}

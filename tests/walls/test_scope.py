"""Two walls: what the application filters, and what the database refuses by itself."""

import pytest
from django.db import DatabaseError, connection, connections, transaction

from common import scope
from common.scope import acting, acting_as, code_range, level_of
from households.checks.households import check_persons
from households.models import Household, Person
from tests import world

pytestmark = pytest.mark.django_db

TABLES = [
    "households_household",
    "households_person",
    "households_membership",
    "households_placement",
    "employment_employment",
    "settlements_settlement",
    "compliance_verdict",
    "compliance_counter",
]


@pytest.fixture
def counties():
    return world.user("wangmo", "county", world.WANGMO), world.user("ceheng", "county", world.CEHENG)


@pytest.fixture
def homes(counties):
    mine, theirs = counties
    return (
        world.household(mine, world.settlement(mine), jobs=[[world.job()]]),
        world.household(theirs, world.settlement(theirs, world.CEHENG_TOWNSHIP), jobs=[[world.job()]]),
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0, (0, 10**12)),
        (520000000000, (520000000000, 530000000000)),
        (522326000000, (522326000000, 522327000000)),
        (522326001000, (522326001000, 522326002000)),
        (522326001001, (522326001001, 522326001002)),
    ],
)
def test_a_code_covers_its_division(code, expected):
    assert code_range(code) == expected


def test_levels():
    assert [level_of(c) for c in (0, 520000000000, 522300000000, 522326000000, 522326001000, 522326001001)] == list(
        range(6)
    )


def test_without_a_scope_there_are_no_rows(homes):
    for table in TABLES:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,), table


@pytest.mark.parametrize("table", TABLES)
def test_the_database_alone_hides_the_other_county(counties, homes, table):
    """No filter of the application at all: raw SQL in the scope of one county."""
    for user in counties:
        with acting_as(user), connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*), min(region), max(region) FROM {table}")
            count, lowest, highest = cursor.fetchone()
            ((lo, hi),) = user.ranges
            assert count >= 1
            assert lo <= lowest <= highest < hi


def test_the_database_alone_refuses_to_write_elsewhere(counties, homes):
    mine, theirs = counties
    with acting_as(mine), connection.cursor() as cursor:
        cursor.execute("UPDATE households_household SET remark = 'x'")
        assert cursor.rowcount == 1
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            cursor.execute("UPDATE households_household SET region = %s", [world.CEHENG_TOWNSHIP])


def test_two_scopes_that_are_apart_leave_out_what_lies_between(homes):
    both = world.user("both", "county", 522325000000, world.CEHENG)
    with acting_as(both):
        # The second wall holds the hull, in which the county between lies; the first wall is exact.
        assert Household.objects.count() == 2
        assert [h.pk for h in Household.objects.visible_to(both)] == [homes[1].pk]


def test_a_user_without_scope_or_closed_sees_nothing(homes):
    nobody = world.user("nobody", "county")
    with acting_as(nobody):
        assert not Household.objects.exists()
    closed = world.user("closed", "province", 520000000000)
    closed.is_active = False
    assert closed.ranges == ()


def test_nested_work_returns_to_the_scope_before(counties, homes):
    mine, theirs = counties
    with acting_as(mine):
        with scope.whole():
            assert Household.objects.count() == 2
        assert Household.objects.get().pk == homes[0].pk


def test_who_holds_a_person_elsewhere_is_answered_with_the_county_alone(counties, homes):
    mine, theirs = counties
    with acting_as(theirs):
        number = Person.objects.get().id_number
    with acting_as(mine):
        row = {"name": "某", "relation": "01", "id_number": number, "household": homes[0]}
        found = [
            (index, code, message)
            for index, _f, _v, code, message in check_persons([row], mine)
            if code == "duplicate_person"
        ]
    assert [(index, code) for index, code, _m in found] == [(0, "duplicate_person")]
    assert "522327" in found[0][2]
    assert homes[1].code not in found[0][2]


def test_the_application_role_owns_nothing_and_passes_no_wall():
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        assert cursor.fetchone() == (0,)


def test_every_table_with_a_region_has_a_policy_and_the_application_cannot_touch_history():
    allowed = {
        "accounts_userscope",
        "accounts_userscope_event",
        "divisions_unit",
        "divisions_parameter",
        "divisions_parameter_event",
        "rectification_problemclass",
    }  # read before a scope is known, or by everybody
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE a.attname = 'region'"
            " AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT c.relrowsecurity"
        )
        assert {row[0] for row in cursor.fetchall()} <= allowed
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE %s AND ("
            " has_table_privilege(tablename, 'INSERT') OR has_table_privilege(tablename, 'UPDATE')"
            " OR has_table_privilege(tablename, 'DELETE'))",
            [r"%\_event"],
        )
        assert cursor.fetchall() == []


def test_history_is_written_whoever_writes(counties, homes):
    mine, _theirs = counties
    with acting(mine.ranges, actor=mine.pk, request="r1", source="test"), connection.cursor() as cursor:
        cursor.execute("UPDATE households_household SET remark = 'raw'")
        cursor.execute(
            "SELECT event_op, event_by, event_request, event_source, remark FROM households_household_event"
            " ORDER BY event_id DESC LIMIT 1"
        )
        assert cursor.fetchone() == ("U", mine.pk, "r1", "test", "raw")

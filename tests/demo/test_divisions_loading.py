"""Divisions from CSV files: repeatable, dated, and refused whole with every problem."""

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command

from common.codes import code_lists
from common.problems import Refused
from divisions.loading import DEFAULT_VALID_FROM, Loaded, load_code_items, load_divisions
from divisions.models import CodeItem, Division
from divisions.queries import names_of
from tests.demo.places import FILE

pytestmark = pytest.mark.django_db
HEAD = "code,name,parent,level\n"
NEW = "530000000000,云南省,,1\n530100000000,昆明市,530000000000,2\n"


@pytest.fixture
def file(tmp_path):
    def write(text: str):
        path = tmp_path / "divisions.csv"
        path.write_text(HEAD + text, encoding="utf-8")
        return path

    return write


def test_shipped_file_is_loaded_and_stays():
    assert load_divisions(FILE) == Loaded(0, 0, Division.objects.count())
    township = Division.objects.get(code=522326004000)
    assert (township.name, township.level, township.parent.name) == ("蟠桃街道", 4, "望谟县")
    assert (township.lo, township.hi, township.initials[:1]) == (522326004000, 522326005000, "p")
    assert township.valid_from == DEFAULT_VALID_FROM


def test_new_divisions_find_their_parents_in_any_order(file):
    path = file("".join(reversed(NEW.splitlines(keepends=True))))
    assert load_divisions(path) == Loaded(2, 0, 0)
    assert load_divisions(path) == Loaded(0, 0, 2)
    assert Division.objects.get(code=530100000000).parent.name == "云南省"


def test_a_renaming_has_its_day(file):
    day = dt.date(2022, 7, 1)
    children = Division.objects.filter(parent__code=522326000000).count()
    path = file("522326000000,望谟市,522300000000,3\n")
    assert load_divisions(path, day) == Loaded(0, 1, 0)
    assert load_divisions(path, day) == Loaded(0, 0, 1)
    code = 522326000000
    assert names_of([code], day - dt.timedelta(1)) == {code: "望谟县"}
    assert names_of([code], day) == {code: "望谟市"}
    assert Division.objects.get(code=code, valid_to=None).children.count() == children
    # The shipped file tells of an earlier day, and does not undo it.
    assert load_divisions(FILE).changed == 0
    assert names_of([code], day) == {code: "望谟市"}


def test_a_name_of_the_same_day_is_corrected(file):
    load_divisions(file("522326000000,望谟自治县,522300000000,3\n"))
    assert Division.objects.get(code=522326000000).name == "望谟自治县"


def test_all_problems_are_told_and_nothing_is_loaded(file):
    path = file(
        NEW + "5301,昆明市,530000000000,2\n530100000000,昆明市,530000000000,2\n530200000000,,530000000000,2\n"
        "530300000000,曲靖市,530000000000,3\n540100000000,拉萨市,540000000000,2\n530400000000,玉溪市,520000000000,2\n"
    )
    before = Division.objects.count()
    with pytest.raises(Refused) as refused:
        load_divisions(path)
    assert [(p.row, p.code) for p in refused.value.problems] == [
        (4, "bad_division"), (5, "duplicate"), (6, "bad_name"), (7, "bad_level"), (8, "unknown_parent"), (9, "bad_parent"),
    ]  # fmt: skip
    assert Division.objects.count() == before


def test_command_reports(file, tmp_path):
    output = io.StringIO()
    call_command("load_divisions", str(file(NEW)), "--valid-from", "2021-01-01", stdout=output)
    assert output.getvalue().strip() == "2 new, 0 changed, 0 unchanged"
    with pytest.raises(CommandError, match="nothing was loaded"):
        call_command("load_divisions", str(file("1,x,,1\n")))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_divisions", str(tmp_path / "none.csv"))
    (tmp_path / "bad.csv").write_text("code,name\n")
    with pytest.raises(CommandError, match="parent"):
        call_command("load_divisions", str(tmp_path / "bad.csv"))


def test_code_items_are_the_shipped_lists(clock):
    today = clock("2026-05-01")
    assert load_code_items() == Loaded(0, 0, CodeItem.objects.count())
    assert set(CodeItem.objects.values_list("list_id", flat=True)) == set(code_lists())
    CodeItem.objects.filter(list_id="sex", code="1").update(name_zh="男的")
    CodeItem.objects.create(list_id="sex", code="7", name_zh="旧", name_en="old", position=9)
    assert load_code_items().changed == 2
    assert CodeItem.objects.get(list_id="sex", code="7").disabled_on == today
    assert load_code_items().changed == 0

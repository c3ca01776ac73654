"""Samples of a third party: its list of households taken over with their results, from the workbook that it sends."""

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from common.scope import acting_as
from households.models import Household
from ledgers.exports.writing import Asked, export
from ledgers.imports.checking import check as check_import
from ledgers.imports.progress import Silent
from ledgers.imports.reading import read_source
from ledgers.imports.storing import store
from ledgers.shapes import shape_of
from rectification.actions.sampling import commit_seed, publish
from rectification.actions.sampling_visits import replace, save_visits
from rectification.models import Sample
from rectification.queries.sampling_results import results_of
from rectification.views.sampling import DATA_SET
from tests.rectification.drawing import design, strata, three_homes, visits
from tests.rectification.inspecting import NOW, refused, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db, clock):
    clock(NOW)
    return team()


@pytest.fixture
def listed(people) -> Sample:
    """Designed by the province for a third party: twenty households in two counties, none of them drawn here."""
    three_homes(people)
    return design(people.province, title="第三方评估抽样", outside_organiser="某大学评估组")


def codes(people) -> list[str]:
    with acting_as(people.province):
        return list(Household.objects.order_by("-code").values_list("code", flat=True))


def workbook(people, sample, path, rows):
    """The empty data set as it is exported, filled in by the third party."""
    export(
        Asked(shape_of("sample-households"), {"of_sample": str(sample.pk)}, DATA_SET), people.province, path, Silent()
    )
    book = openpyxl.load_workbook(path)
    sheet = book.active
    header = next(row for row in range(1, 9) if "户编号" in [cell.value for cell in sheet[row]])
    columns = {cell.value: cell.column for cell in sheet[header]}
    sheet.delete_rows(header + 1, 20)
    for number, row in enumerate(rows, start=header + 1):
        for heading, value in row.items():
            sheet.cell(number, columns[heading], value)
    book.save(path)
    return path


def row(code: str, **values) -> dict:
    told = {
        "抽样": "第三方评估抽样",
        "户编号": code,
        "入户结果": "已入户",
        "入户日期": "2026-06-09",
        "是否实际入住": "是",
    }
    return told | {"核实就业人数": 1} | values


def test_its_workbook_is_taken_over_with_the_results(people, listed, tmp_path):
    chosen = codes(people)[3:11]
    rows = [row(code) for code in chosen[:-1]] + [row(chosen[-1], 是否实际入住="否", 核实就业人数=0)]
    path = workbook(people, listed, tmp_path / "名单.xlsx", rows)
    with acting_as(people.province):
        shape = shape_of("sample-households")
        checked = check_import(read_source(path, shape), shape, people.province, Silent())
        assert [problem.message for problem in checked.errors] == []
        store(checked, shape, by=people.province, progress=Silent(), on=NOW)
    found = visits(listed)
    assert {visit.code for visit in found} == set(chosen)
    assert all(visit.result == "found" and not visit.reserve for visit in found)
    assert sum(size for _population, size in strata(listed).values()) == 8
    assert sum(population for population, _size in strata(listed).values()) == 20
    with acting_as(people.province):
        listed.refresh_from_db()
        [living] = [result for result in results_of(listed) if result.key == "living"]
    assert (listed.state, listed.seed_source, listed.seed) == ("drawn", "listed", "")
    assert living.overall.reported == 1 and 0.8 < living.overall.estimate.value < 1
    assert living.overall.estimate.low < living.overall.estimate.value

    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(people.province)
    assert "某大学评估组" in client.get(f"{listed.address}results/").content.decode()
    page = client.get(listed.address).content.decode()
    assert "第三方提供名单" in page and "redraw/" not in page
    assert client.get(f"{listed.address}redraw/").status_code == 404
    with pytest.raises(CommandError, match="third party"):
        call_command("redraw_sample", listed.pk)


def test_further_rows_follow_until_it_is_published_and_nothing_comes_twice(people, listed):
    by = people.province
    told = {"sample": listed, "result": "absent", "visited_on": NOW}
    first, second, third = codes(people)[:3]
    with acting_as(by):
        save_visits([{**told, "code": first}, {**told, "code": second}], by=by, on=NOW)
        listed.refresh_from_db()
        told["sample"] = listed
        saved = save_visits([{**told, "code": second, "note": "再访"}, {**told, "code": third}], by=by, on=NOW)
        assert len(saved.touched) == 2
    assert {visit.code for visit in visits(listed)} == {first, second, third}
    with acting_as(by):
        assert refused(replace, visits(listed)[0], by=by) == {("", "listed")}
        told["sample"] = publish(listed, by=by, on=NOW)
        assert refused(save_visits, [{**told, "code": codes(people)[5]}], by=by) == {("code", "not_drawn")}


def test_what_no_list_may_hold(people, listed):
    by = people.province
    told = {"sample": listed, "result": "found", "visited_on": NOW}
    code = codes(people)[0]
    with acting_as(by):
        assert refused(save_visits, [{**told, "code": "522326699999"}], by=by) == {("code", "unknown_household")}
    with acting_as(people.county):
        assert refused(save_visits, [{**told, "code": code}], by=people.county) == {("sample", "not_now")}
    # A household that the design leaves out, and a sample that is drawn here.
    narrow = design(by, outside_organiser="某大学评估组", placement="dispersed", size=2)
    with acting_as(by):
        assert refused(save_visits, [{**told, "sample": narrow, "code": code}], by=by) == {("code", "not_in_frame")}
        narrow.refresh_from_db()
        assert narrow.state == "design"
        committed = commit_seed(listed, by=by, public_text="公开文本2026", on=NOW)
        assert refused(save_visits, [{**told, "sample": committed, "code": code}], by=by) == {("code", "not_drawn")}
    assert not visits(listed)

"""The ledgers of samples 抽样台账, their strata, their households with the check sheets, and further answers."""

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import NullIf

from common.ledger import Act, Column, Filter, Ledger, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from rectification.actions.inspections_voiding import void_answers, void_visits
from rectification.actions.sampling import check_samples, save_samples, void_samples
from rectification.actions.sampling_visits import check_answers, check_visits, save_answers, save_visits
from rectification.ledgers.inspections import YES_NO, unit_column
from rectification.ledgers.inspections_checks import ANSWER, YES_OR_NO, asked_columns
from rectification.models import (
    Checklist,
    Inspection,
    Sample,
    SampleAnswer,
    SampleHousehold,
    SampleStratum,
)
from rectification.queries.sampling_rights import why_not_attach

DESIGN = term("Design", "抽样方案")
SIZE = term("Size", "样本量")
DRAW = term("Draw", "抽取")
HOUSEHOLD = term("Household", "抽样户")
REPORTED = term("Reported", "上报情况")
FOUND = term("Found", "入户核查")


def _computed(name: str, heading, source: str, kind: str, group, width: int = 10, **more) -> Column:
    return Column(
        name,
        more.pop("privacy", Privacy.INTERNAL),
        heading=heading,
        source=source,
        kind=kind,
        computed=True,
        group=group,
        width=width,
        **more,
    )


samples = registry.add(
    Ledger(
        key="samples",
        title=term("Samples", "抽样台账"),
        model=Sample,
        natural_key=("unit", "title"),
        standing=STANDING,
        save=save_samples,
        void=void_samples,
        check_rows=check_samples,
        address=lambda row: f"/samples/{row['id']}/",
        paper="A3",
        columns=(
            Column("title", Privacy.INTERNAL, group=DESIGN, width=28, filter="text"),
            unit_column(group=DESIGN),
            Column(
                "inspection",
                Privacy.INTERNAL,
                source="inspection__title",
                reference=Reference(Inspection, "id", ("title",)),
                kind="reference",
                group=DESIGN,
                width=24,
                listed=False,
                filter="exact",
            ),
            Column("outside_organiser", Privacy.INTERNAL, group=DESIGN, width=20, listed=False),
            Column("frame_on", Privacy.INTERNAL, group=DESIGN, width=12, filter="date"),
            Column("divisions", Privacy.INTERNAL, group=DESIGN, width=20),
            Column("placement", Privacy.INTERNAL, group=DESIGN, width=10, listed=False),
            Column("tier", Privacy.INTERNAL, group=DESIGN, width=10, listed=False),
            Column("verdict", Privacy.INTERNAL, group=DESIGN, width=12, listed=False),
            Column("registration", Privacy.INTERNAL, group=DESIGN, width=12, listed=False),
            Column("strata", Privacy.INTERNAL, group=DESIGN, width=16),
            Column("counties_drawn", Privacy.INTERNAL, group=DESIGN, width=8, listed=False),
            Column("size", Privacy.INTERNAL, group=SIZE, width=8),
            Column("margin", Privacy.INTERNAL, group=SIZE, width=8),
            Column("confidence", Privacy.INTERNAL, group=SIZE, width=8, listed=False),
            Column("expected_rate", Privacy.INTERNAL, group=SIZE, width=8, listed=False),
            Column("design_effect", Privacy.INTERNAL, group=SIZE, width=8, listed=False),
            Column("allocation", Privacy.INTERNAL, group=SIZE, width=10, listed=False),
            Column("least", Privacy.INTERNAL, group=SIZE, width=8, listed=False),
            Column("reserve_percent", Privacy.INTERNAL, group=SIZE, width=8, listed=False),
            Column(
                "checklist",
                Privacy.INTERNAL,
                source="checklist__name",
                reference=Reference(Checklist, "id", ("name",)),
                kind="reference",
                group=DESIGN,
                width=20,
                listed=False,
            ),
            Column("note", Privacy.INTERNAL, group=DESIGN, width=24, listed=False),
            Column("state", Privacy.INTERNAL, computed=True, group=DRAW, width=10, filter="choice"),
            Column("frame_size", Privacy.INTERNAL, computed=True, group=DRAW, width=10),
            _computed("drawn", term("drawn", "抽取户数"), "households_drawn", "int", DRAW, total="sum"),
            _computed("found", term("found", "已入户"), "households_found", "int", DRAW, total="sum"),
            _computed("seed", term("seed", "随机种子"), "shown_seed", "text", DRAW, 24, listed=False),
            Column("commitment", Privacy.INTERNAL, computed=True, group=DRAW, width=30, listed=False),
            Column("frame_hash", Privacy.INTERNAL, computed=True, group=DRAW, width=30, listed=False),
            Column("published_on", Privacy.INTERNAL, computed=True, group=DRAW, width=12, listed=False),
        ),
        acts=[Act("page", term("Sample page", "抽样办理页"), lambda row: f"/samples/{row.pk}/", of_member=True)],
    )
)


def _of_sample(rows: QuerySet, value: str) -> QuerySet:
    return rows.filter(sample=int(value)) if value.isdecimal() else rows.none()


OF_SAMPLE = Filter("of_sample", term("no. of the sample", "抽样序号"), "exact", _of_sample, shown=False)

strata = registry.add(
    Ledger(
        key="sample-strata",
        title=term("Strata of samples", "抽样分层表"),
        model=SampleStratum,
        natural_key=("sample", "key"),
        sort=("sample_id", "id"),
        standing=Q(sample__voided_at__isnull=True),
        entry=False,
        annotate=lambda rows: rows.annotate(in_county=NullIf("county", Value(0))),
        address=lambda row: f"/samples/{row['sample_id']}/",
        columns=(
            _computed("sample", term("sample", "抽样名称"), "sample__title", "text", DESIGN, 28),
            _computed("sample_id", term("no.", "抽样序号"), "sample_id", "int", DESIGN, listed=False, in_sheet=False),
            _computed("county", term("county", "县（区）"), "in_county", "division", None, 14),
            Column("tier", Privacy.INTERNAL, computed=True, width=10),
            Column("placement", Privacy.INTERNAL, computed=True, width=10),
            Column("population", Privacy.INTERNAL, computed=True, width=10, total="sum"),
            Column("taken", Privacy.INTERNAL, computed=True, width=8),
            Column("size", Privacy.INTERNAL, computed=True, width=10, total="sum"),
            Column("reported_employed", Privacy.INTERNAL, computed=True, group=REPORTED, width=12, total="sum"),
            Column("reported_persons", Privacy.INTERNAL, computed=True, group=REPORTED, width=12, total="sum"),
        ),
        filters=(OF_SAMPLE,),
    )
)


def _differs(rows: QuerySet, value: str) -> QuerySet:
    differing = Q(living_agrees="differ") | Q(employed_agrees="differ")
    return rows.filter(differing) if value == "1" else rows.exclude(differing)


def _visited(rows: QuerySet, value: str) -> QuerySet:
    return rows.exclude(result="") if value == "1" else rows.filter(result="")


households = registry.add(
    Ledger(
        key="sample-households",
        title=term("Sampled households", "抽样入户核查表"),
        model=SampleHousehold,
        natural_key=("sample", "code"),
        standing=STANDING,
        save=save_visits,
        void=void_visits,
        check_rows=check_visits,
        address=lambda row: f"/samples/households/{row['id']}/",
        paper="A3",
        columns=(
            Column(
                "sample",
                Privacy.INTERNAL,
                source="sample__title",
                reference=Reference(Sample, "id", ("title",)),
                kind="reference",
                group=HOUSEHOLD,
                width=24,
                filter="exact",
            ),
            Column("code", Privacy.INTERNAL, group=HOUSEHOLD, width=15, filter="exact", sort=True),
            _computed(
                "head_name",
                term("head of household", "户主姓名"),
                "household__head_name",
                "text",
                HOUSEHOLD,
                privacy=Privacy.PERSONAL,
            ),
            _computed("settlement", term("settlement", "安置点"), "household__settlement__name", "text", HOUSEHOLD, 18),
            _computed(
                "address",
                term("building and flat", "楼栋房号"),
                "household__address",
                "text",
                HOUSEHOLD,
                14,
                privacy=Privacy.PERSONAL,
                listed=False,
            ),
            _computed(
                "division",
                term("township", "所在乡镇"),
                "place_region",
                "division",
                HOUSEHOLD,
                14,
                filter="division",
            ),
            _computed(
                "stratum", term("code of the stratum", "层代码"), "stratum__key", "text", HOUSEHOLD, 24, listed=False
            ),
            Column("rank", Privacy.INTERNAL, computed=True, group=HOUSEHOLD, width=8, listed=False),
            Column("reserve", Privacy.INTERNAL, computed=True, group=HOUSEHOLD, width=8, filter="choice", listed=False),
            _computed("replaces", term("in place of", "替换自"), "replaces__code", "text", HOUSEHOLD, 15, listed=False),
            Column("reported_verdict", Privacy.INTERNAL, computed=True, group=REPORTED, width=12, listed=False),
            Column("reported_persons", Privacy.INTERNAL, computed=True, group=REPORTED, width=8),
            Column("result", Privacy.INTERNAL, group=FOUND, width=10, filter="choice"),
            Column("visited_on", Privacy.INTERNAL, group=FOUND, width=12, filter="date", listed=False),
            Column("checkers", Privacy.INTERNAL, group=FOUND, width=12, listed=False),
            Column("living", Privacy.INTERNAL, group=FOUND, width=8),
            Column("living_agrees", Privacy.INTERNAL, computed=True, group=FOUND, width=8, filter="choice"),
            Column("living_note", Privacy.INTERNAL, group=FOUND, width=16, listed=False),
            Column("employed_seen", Privacy.INTERNAL, group=FOUND, width=8),
            Column("employed_agrees", Privacy.INTERNAL, computed=True, group=FOUND, width=8, filter="choice"),
            Column("employed_note", Privacy.INTERNAL, group=FOUND, width=16, listed=False),
            Column("satisfaction", Privacy.INTERNAL, group=FOUND, width=8),
            Column("note", Privacy.INTERNAL, group=FOUND, width=16, listed=False),
            _computed(
                "item", term("rectification item", "整改事项编号"), "item__number", "text", FOUND, 16, listed=False
            ),
        ),
        filters=(
            OF_SAMPLE,
            Filter("differs", term("differs from what is reported", "与上报不一致"), "choice", _differs, YES_NO),
            Filter("visited", term("visited", "已核查"), "choice", _visited, YES_NO),
        ),
        attachments=True,
        attach_check=why_not_attach,
        personal_attachments=True,
    )
)

answers = registry.add(
    Ledger(
        key="sample-answers",
        title=term("Further answers of sampled households", "抽样户附加问题"),
        model=SampleAnswer,
        natural_key=("visit", "position"),
        standing=STANDING,
        save=save_answers,
        void=void_answers,
        check_rows=check_answers,
        columns=(
            Column(
                "visit",
                Privacy.INTERNAL,
                source="visit__code",
                reference=Reference(SampleHousehold, "id", ("code",)),
                kind="reference",
                group=HOUSEHOLD,
                width=16,
                filter="exact",
            ),
            _computed("sample", term("sample", "抽样名称"), "sample__title", "text", HOUSEHOLD, 24),
            *asked_columns(),
            Column("answer", Privacy.INTERNAL, group=ANSWER, width=12, code_list=YES_OR_NO),
            Column("outcome", Privacy.INTERNAL, group=ANSWER, width=10, filter="choice"),
            Column("note", Privacy.INTERNAL, group=ANSWER, width=20),
        ),
        filters=(OF_SAMPLE,),
    )
)

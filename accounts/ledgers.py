"""The ledgers of posts 岗位, of who holds them 任职, and of who looked at personal data 个人信息查看记录."""

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, CharField, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat, Replace

from accounts import post_actions
from accounts.models import Disclosure, Post, PostHolding, User
from accounts.panels import holdings_panel
from accounts.posts import holdings_on, vacant
from common import clock
from common.ledger import Act, Column, Filter, Ledger, Panel, Privacy, Reference, registry
from common.models import STANDING
from common.terms import term
from divisions.models import Unit

DIVISION = Column(
    "division",
    Privacy.INTERNAL,
    heading=term("division", "所属区划"),
    source="region",
    field="region",
    computed=True,
    width=16,
    filter="division",
)


def _people(substitute: bool) -> Subquery:
    """Who holds the post today, or stands in, by name."""
    holdings = holdings_on(clock.today()).filter(post=OuterRef("pk"), substitute=substitute).order_by().values("post")
    names = StringAgg("user__display_name", Value("、"), order_by=("from_on", "pk"))
    return Subquery(holdings.annotate(names=names).values("names"))


def _with_people(rows: QuerySet[Post]) -> QuerySet[Post]:
    return rows.annotate(holder=_people(False), stand_in=_people(True))


# What stands in a record of a look by its name in the code; exports write headings.
COLUMN_WORDS = {
    "id_number": term("ID number", "身份证号"),
    "phone": term("telephone", "联系电话"),
    "attachment": term("attachment", "附件"),
}


def _with_words(rows: QuerySet[Disclosure]) -> QuerySet[Disclosure]:
    seen = F("columns")
    for name, words in COLUMN_WORDS.items():
        seen = Replace(seen, Value(name), Value(str(words)))
    titles = [When(ledger=ledger.key, then=Value(str(ledger.title))) for ledger in registry]
    of_ledger = Concat(Value("/ledgers/"), F("ledger"), Value("/"))
    # An export or a set of sheets has no page of its own; a record is named by its code or number.
    of_record = When(subject__regex=r"^[0-9]+$", then=Concat(of_ledger, F("subject"), Value("/")))
    return rows.annotate(
        seen=seen,
        ledger_title=Case(*titles, default=F("ledger"), output_field=CharField()),
        address=Case(of_record, default=of_ledger, output_field=CharField()),
    )


posts = registry.add(
    Ledger(
        key="posts",
        title=term("Posts", "岗位台账"),
        model=Post,
        natural_key=("unit", "name"),
        standing=STANDING,
        annotate=_with_people,
        save=post_actions.save_posts,
        void=post_actions.void_posts,
        check_rows=post_actions.check_posts,
        columns=(
            Column(
                "unit",
                Privacy.INTERNAL,
                source="unit__name",
                reference=Reference(Unit, "id", also=("name",)),
                width=24,
                filter="exact",
            ),
            Column("name", Privacy.INTERNAL, width=16, filter="text", sort=True),
            DIVISION,
            Column("holder", Privacy.INTERNAL, heading=term("holder", "任职人"), computed=True, width=14),
            Column("stand_in", Privacy.INTERNAL, heading=term("substitute", "代管人"), computed=True, width=14),
        ),
        filters=(
            Filter(
                "vacant",
                term("held by", "任职情况"),
                "choice",
                lambda rows, value: rows.filter(vacant(clock.today()) if value == "1" else ~vacant(clock.today())),
                [("1", term("nobody", "无人任职")), ("0", term("somebody", "有人任职"))],
            ),
        ),
        panels=[
            Panel("holdings", term("Holders", "任职情况"), "accounts/_holdings.html", holdings_panel),
        ],
        acts=[
            Act(
                "hand-over",
                term("Hand over", "岗位交接"),
                lambda post: f"/accounts/posts/{post.pk}/hand-over/",
                "write",
                of_member=True,
            ),
        ],
    )
)

post_holdings = registry.add(
    Ledger(
        key="post-holdings",
        title=term("Holders of posts", "任职台账"),
        model=PostHolding,
        natural_key=("post", "user", "from_on"),
        standing=STANDING,
        save=post_actions.save_holdings,
        void=post_actions.void_holdings,
        check_rows=post_actions.check_holdings,
        columns=(
            Column(
                "post",
                Privacy.INTERNAL,
                source="post__title",
                reference=Reference(Post, "id", also=("title",)),
                width=30,
                filter="exact",
            ),
            Column(
                "user",
                Privacy.INTERNAL,
                heading=term("account", "任职账号"),
                source="user__username",
                reference=Reference(User, "username", also=("display_name",)),
                width=14,
                filter="exact",
            ),
            Column(
                "person",
                Privacy.INTERNAL,
                heading=term("name", "姓名"),
                source="user__display_name",
                kind="text",
                computed=True,
                width=12,
                filter="text",
            ),
            Column("substitute", Privacy.INTERNAL, width=8, filter="choice"),
            Column("from_on", Privacy.INTERNAL, width=12, filter="date", sort=True),
            Column("to_on", Privacy.INTERNAL, width=12, filter="date"),
            DIVISION,
        ),
    )
)

disclosures = registry.add(
    Ledger(
        key="disclosures",
        title=term("Looks at personal data", "个人信息查看记录"),
        model=Disclosure,
        natural_key=("at", "user", "subject"),
        sort=("at", "id"),
        entry=False,
        annotate=_with_words,
        address=lambda row: row["address"],
        columns=(
            Column("at", Privacy.INTERNAL, kind="datetime", computed=True, width=17, sort=True),
            Column(
                "user",
                Privacy.INTERNAL,
                source="user__display_name",
                kind="text",
                computed=True,
                width=12,
                filter="text",
            ),
            Column(
                "account",
                Privacy.INTERNAL,
                heading=term("account", "账号"),
                source="user__username",
                kind="text",
                computed=True,
                width=14,
                filter="text",
            ),
            Column("ledger", Privacy.INTERNAL, source="ledger_title", kind="text", computed=True, width=18),
            Column("subject", Privacy.INTERNAL, computed=True, width=18, filter="text"),
            Column("columns", Privacy.INTERNAL, source="seen", kind="text", computed=True, width=24),
            Column("rows", Privacy.INTERNAL, computed=True, width=8),
            Column("reason", Privacy.INTERNAL, computed=True, width=30),
            DIVISION,
            Column(
                "address",
                Privacy.INTERNAL,
                heading=term("address", "地址"),
                kind="text",
                computed=True,
                width=30,
                listed=False,
            ),
        ),
        filters=(
            Filter(
                "day",
                term("day", "日期"),
                "date",
                lambda rows, pair: rows.filter(
                    **{
                        f"at__date__{bound}": day
                        for bound, day in zip(("gte", "lte"), pair, strict=True)
                        if day is not None
                    }
                ),
            ),
        ),
    )
)

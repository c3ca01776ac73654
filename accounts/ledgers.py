"""The ledgers of posts 岗位 and of who holds them 任职."""

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import OuterRef, QuerySet, Subquery, Value

from accounts import post_actions
from accounts.models import Post, PostHolding, User
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

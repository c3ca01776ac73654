"""The only writers of posts and of who holds them.

A post has one holder at a time; substitutes may stand in beside. Whoever changes holdings locks the post first, so that
two of them at once end in one holder. Published are `posts`: what is bound to them finds its people anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext as _

from accounts.models import Post, PostHolding, User
from accounts.queries import ranges_of
from accounts.roles import check
from common import bulk, clock, scope
from common.changes import Changes, writing
from common.models import STANDING
from common.problems import Problem, Refused
from common.scope import contains

Fault = tuple[int, str, object, str, str]
ONE_DAY = dt.timedelta(1)


def save_posts(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Create or change posts; a post lies where its unit does, and its holdings with it."""
    with writing(by=by, on=on, source=source) as work:
        stored = _locked(Post, rows, by)
        merged = bulk.merge(Post, rows, lambda row: stored.get(row.get("id")))
        moved = []
        for post in merged.objects:
            region, title = post.unit.region, post.full_title()
            if post.pk and post.region != region:
                moved.append(post)
            if (post.region, post.title) != (region, title):
                post.region, post.title = region, title
                merged.fields |= {"region", "title"}
        _refuse(check_posts(rows, by))
        saved = bulk.write(merged)
        for post in moved:
            PostHolding.objects.filter(post=post).update(region=post.region)
        work.publish("posts", [post.pk for post in saved.touched])
        return saved


def check_posts(rows: Sequence[dict], user) -> Iterator[Fault]:
    """A post belongs to a unit of the user's area, and has its name once in the unit."""
    first: dict[tuple, int] = {}
    for index, row in enumerate(rows):
        unit, name = row.get("unit"), row.get("name")
        if unit is None:
            continue
        if not contains(user.ranges, unit.region):
            message = _("%(unit)s lies outside the area that you may enter. Choose a unit of your area.")
            yield index, "unit", unit, "out_of_scope", message % {"unit": unit}
        if name and first.setdefault((unit.pk, name), index) != index:
            message = _("The same record stands here for the second time. Delete one of the rows.")
            yield index, "name", name, "duplicate", message


def save_holdings(rows: Sequence[dict], *, by, on: dt.date | None = None, source: str = "") -> bulk.Saved:
    """Enter or change who holds posts; two holders at once are refused (see put_on_post for a change of person)."""
    with writing(by=by, on=on, source=source) as work:
        stored = _locked(PostHolding, rows, by)
        _lock_posts({*(row["post"].pk for row in rows if row.get("post")), *(h.post_id for h in stored.values())})
        merged = bulk.merge(PostHolding, rows, lambda row: stored.get(row.get("id")))
        before = {holding.post_id for holding in stored.values()}
        for holding in merged.objects:
            if holding.region != holding.post.region:
                holding.region = holding.post.region
                merged.fields.add("region")
        _refuse(_faults(merged.objects, by))
        saved = bulk.write(merged)
        work.publish("posts", before | {holding.post_id for holding in saved.touched})
        return saved


def check_holdings(rows: Sequence[dict], user) -> Iterator[Fault]:
    """What is wrong with clean rows of the ledger, before they are stored."""
    stored = PostHolding.objects.visible_to(user).in_bulk([row["id"] for row in rows if row.get("id")])
    laid, places = [], []
    for index, row in enumerate(rows):
        holding = stored.get(row.get("id")) or PostHolding()
        for name in ("post", "user", "substitute", "from_on", "to_on"):
            if name in row:
                setattr(holding, name, row[name])
        if holding.post_id and holding.user_id and holding.from_on:
            laid.append(holding)
            places.append(index)
    for index, *fault in _faults(laid, user):
        yield places[index], *fault


def put_on_post(
    post: Post,
    user: User,
    from_on: dt.date,
    *,
    by,
    to_on: dt.date | None = None,
    substitute: bool = False,
    on: dt.date | None = None,
) -> PostHolding:
    """A change of person: whoever holds the post does so until the day before, in the same transaction. A substitute
    stands in and ends nothing."""
    check(by, "write", "post-holdings")
    with writing(by=by, on=on) as work:
        _lock_posts([post.pk])
        holding = PostHolding(
            post=post, user=user, substitute=substitute, from_on=from_on, to_on=to_on, region=post.region
        )
        if to_on is not None and to_on < from_on:
            _refuse([(0, "to_on", to_on, "end_before_start", _("The end lies before the beginning."))])
        if not substitute:
            ending = [
                old
                for old in PostHolding.objects.filter(STANDING, post=post, substitute=False).order_by("pk")
                if old.user_id != user.pk and old.from_on < from_on and (old.to_on is None or old.to_on >= from_on)
            ]
            for old in ending:
                old.to_on = from_on - ONE_DAY
                old.version += 1
            bulk.update(ending, ["to_on", "version"])
        _refuse(_faults([holding], by))
        holding.save()
        work.publish("posts", [post.pk])
        return holding


def name_posts(changes: Changes) -> None:
    """Posts are called after their units: a step of what follows a change."""
    units = changes.touched["units"]
    if not units:
        return
    with scope.whole(source=scope.current().source):
        posts = [
            post
            for post in Post.objects.filter(unit__in=units).select_related("unit").order_by("pk")
            if (post.title, post.region) != (post.full_title(), post.unit.region)
        ]
        for post in posts:
            post.title, post.region = post.full_title(), post.unit.region
        bulk.update(posts, ["title", "region"])
        changes.publish("posts", [post.pk for post in posts])


def void_posts(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
    return _void(Post, ids, lambda post: post.pk, reason, by, on)


def void_holdings(ids: Iterable[int], *, reason: str, by, on: dt.date | None = None) -> int:
    return _void(PostHolding, ids, lambda holding: holding.post_id, reason, by, on)


def _void(model, ids: Iterable[int], post_of, reason: str, by, on: dt.date | None) -> int:
    with writing(by=by, on=on) as work:
        rows = list(
            model.objects.visible_to(by)
            .filter(STANDING, pk__in=list(ids))
            .order_by("pk")
            .select_for_update(no_key=True, of=("self",))
        )
        for row in rows:
            row.voided_at, row.voided_by_id, row.void_reason = clock.now(), by.pk, reason
            row.version += 1
        bulk.update(rows, ["voided_at", "voided_by", "void_reason", "version"])
        work.publish("posts", [post_of(row) for row in rows])
        return len(rows)


def _locked(model, rows: Sequence[dict], by) -> dict:
    ids = [row["id"] for row in rows if row.get("id")]
    found = model.objects.visible_to(by).filter(pk__in=ids).order_by("pk")
    return {row.pk: row for row in found.select_for_update(no_key=True, of=("self",))}


def _lock_posts(ids: Iterable[int]) -> None:
    list(Post.objects.filter(pk__in=list(ids)).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _refuse(faults: Iterable[Fault]) -> None:
    problems = [Problem(index, field, str(value), code, str(message)) for index, field, value, code, message in faults]
    if problems:
        raise Refused(problems)


def _faults(holdings: Sequence[PostHolding], by) -> Iterator[Fault]:
    """Holdings of posts or people elsewhere, and two holders of one post at once: among these and against the store."""
    mine = {holding.pk for holding in holdings if holding.pk}
    areas = ranges_of({holding.user_id for holding in holdings})
    others: dict[int, list[PostHolding]] = {}
    stored = PostHolding.objects.filter(STANDING, post__in={holding.post_id for holding in holdings}, substitute=False)
    for other in stored.exclude(pk__in=mine).select_related("user"):
        others.setdefault(other.post_id, []).append(other)
    for index, holding in enumerate(holdings):
        if not contains(by.ranges, holding.post.region):
            message = _("This post lies outside the area that you may enter.")
            yield index, "post", holding.post, "out_of_scope", message
        elif not contains(areas.get(holding.user_id, ()), holding.post.region):
            message = _("%(user)s does not work in the area of this post. Choose somebody who does.")
            yield index, "user", holding.user, "out_of_scope", message % {"user": holding.user}
        if holding.substitute:
            continue
        twin = next((other for other in others.get(holding.post_id, ()) if holding.meets(other)), None)
        if twin is not None:
            message = _(
                "%(user)s holds this post from %(from)s to %(to)s. End that first, hand the post over, or enter a"
                " substitute."
            )
            until = twin.to_on or _("until further notice")
            told = {"user": twin.user, "from": twin.from_on, "to": until}
            yield index, "from_on", holding.from_on, "overlap", message % told
        others.setdefault(holding.post_id, []).append(holding)

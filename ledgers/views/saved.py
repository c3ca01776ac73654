"""What a user keeps of lists: the columns shown, named views."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ledgers.access import ledger_for
from ledgers.filters import select
from ledgers.models import SavedView
from ledgers.views.lists import OWN_PARAMETERS, list_url

LONGEST_QUERY = 2000


def _query(request: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl(request.POST.get("query", "")[:LONGEST_QUERY]))


@login_required
@require_POST
def choose_columns(request: HttpRequest, key: str) -> HttpResponse:
    """Keep the chosen columns for this user; none chosen means the declared ones again."""
    ledger = ledger_for(request.user, key, "read")
    columns = [name for name in request.POST.getlist("columns") if name in ledger.by_name]
    SavedView.objects.update_or_create(
        user=request.user, ledger=key, name="", defaults={"columns": [] if "reset" in request.POST else columns}
    )
    return HttpResponseRedirect(list_url(ledger, _query(request)))


@login_required
@require_POST
def keep_view(request: HttpRequest, key: str) -> HttpResponse:
    """Save the present query and columns under a name; a name of one's own that is used already is replaced."""
    ledger = ledger_for(request.user, key, "read")
    query = _query(request)
    try:
        name = SavedView._meta.get_field("name").clean(request.POST.get("name", ""), None)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return HttpResponseRedirect(list_url(ledger, query))
    if not name:
        messages.error(request, _("Give the view a name."))
        return HttpResponseRedirect(list_url(ledger, query))
    kept = select(ledger, query, request.user, ignore=OWN_PARAMETERS).parameters
    if query.get("sort"):
        kept["sort"] = query["sort"]
    layout = SavedView.objects.filter(user=request.user, ledger=key, name="").first()
    view, _created = SavedView.objects.update_or_create(
        user=request.user,
        ledger=key,
        name=name,
        defaults={
            "query": urlencode(kept),
            "columns": layout.columns if layout else [],
            "shared": "shared" in request.POST,
        },
    )
    messages.success(request, _("The view “%(name)s” is kept.") % {"name": name})
    return HttpResponseRedirect(list_url(ledger, kept | {"view": str(view.pk)}))


@login_required
@require_POST
def drop_view(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Delete a view of one's own."""
    ledger = ledger_for(request.user, key, "read")
    SavedView.objects.filter(user=request.user, ledger=key, pk=pk).exclude(name="").delete()
    return HttpResponseRedirect(list_url(ledger, {}))

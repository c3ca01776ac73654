"""Addresses of the API: the index, the schema, and a collection with members for every ledger."""

from __future__ import annotations

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView

from common.ledger import Ledger, registry
from ledgers.api.attachments import AttachmentsView, AttachmentView, describe_attachments
from ledgers.api.schema import component_name, describe
from ledgers.api.views import CollectionView, IndexView, MemberView


def _own(view: type, ledger: Ledger) -> type:
    """A class of the ledger's own, with methods of its own for the schema to be attached to."""
    names = [name for name in ("get", "post", "patch", "delete") if name in vars(view)]
    methods = {name: _copied(vars(view)[name]) for name in names}
    return type(
        f"{component_name(ledger)}{view.__name__}",
        (view,),
        {"ledger_key": ledger.key, "__doc__": view.__doc__, **methods},
    )


def _copied(method):
    def call(self, request, *arguments, **named):
        return method(self, request, *arguments, **named)

    call.__doc__ = method.__doc__
    return call


def collection_of(ledger: Ledger) -> list[URLPattern]:
    """The addresses of one ledger."""
    collection, member = _own(CollectionView, ledger), _own(MemberView, ledger)
    describe(ledger, collection, member)
    found = [path(f"{ledger.key}/", collection.as_view()), path(f"{ledger.key}/<str:member>/", member.as_view())]
    return found + attachments_of(ledger) if ledger.attachments else found


def attachments_of(ledger: Ledger) -> list[URLPattern]:
    """The addresses of the files of the ledger's rows."""
    collection, member = _own(AttachmentsView, ledger), _own(AttachmentView, ledger)
    describe_attachments(ledger, collection, member)
    base = f"{ledger.key}/<str:member>/attachments/"
    return [path(base, collection.as_view()), path(f"{base}<int:pk>/", member.as_view())]


urlpatterns = [
    path("", extend_schema(exclude=True)(IndexView).as_view()),
    path("schema/", SpectacularAPIView.as_view()),
    *(pattern for ledger in registry for pattern in collection_of(ledger)),
]

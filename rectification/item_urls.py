"""Addresses of problems, of zero-clearing and of accountability."""

from django.urls import path, register_converter

from rectification.views import accountability, item_bulk, item_parts, item_print, items, progress


class ItemNumber:
    """The number of a problem: county, year, running number."""

    regex = r"\d{6}-\d{4}-\d{4,6}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ItemNumber, "item")

urlpatterns = [
    path("rectification/progress/", progress.show),
    path("rectification/twins/", item_parts.twins),
    path("rectification/twins/apart/", item_parts.apart),
    path("rectification/bulk/", item_bulk.confirm),
    path("rectification/bulk/do/", item_bulk.do),
    path("rectification/accountability/<int:pk>/", accountability.record),
    path("rectification/accountability/<int:pk>/confirm/", accountability.confirm),
    path("rectification/<item:number>/", items.item),
    path("rectification/<item:number>/draft/", items.keep_draft),
    path("rectification/<item:number>/places/", items.places),
    path("rectification/<item:number>/units/", item_parts.units),
    path("rectification/<item:number>/merge/", item_parts.merge),
    path("rectification/<item:number>/closing/", item_print.closing),
    path("rectification/<item:number>/notice/", item_print.notice),
    path("rectification/<item:number>/dossier/", item_print.dossier),
    path("rectification/<item:number>/accountability/new/", accountability.issue),
]

"""All addresses of the site. Where two could match, the more special one comes first."""

from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("", include("dashboards.urls")),
    path("", include("accounts.urls")),
    path("", include("alerts.urls")),
    path("", include("compliance.urls")),
    path("", include("rectification.urls")),
    path("", include("employment.urls")),  # households/new/ before households/<code>/
    path("", include("households.urls")),
    path("", include("settlements.urls")),
    path("", include("jobs.urls")),
    path("", include("ledgers.imports.urls")),  # ledgers/<key>/import/ before ledgers/<key>/<member>/
    path("", include("ledgers.exports.urls")),
    path("", include("ledgers.urls")),
    path("i18n/setlang/", set_language, name="set_language"),
]

# Whatever no view answers: pages for people, problem+json below /api/.
handler404 = "ledgers.api.problems.missing"
handler500 = "ledgers.api.problems.failed"

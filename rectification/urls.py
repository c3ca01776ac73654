"""Addresses of problems, inspections, samples and responsibilities; lists and forms have those of the ledgers."""

from django.urls import include, path

from rectification.views import (
    inspections,
    inspections_checks,
    inspections_items,
    sampling,
    sampling_results,
    sampling_sheets,
    sampling_visits,
)

urlpatterns: list = [
    path("", include("rectification.item_urls")),
    path("inspections/plans/<int:pk>/", inspections.plan),
    path("inspections/checks/<int:pk>/", inspections_checks.show),
    path("inspections/checks/<int:pk>/fill/", inspections_checks.fill),
    path("inspections/checks/<int:pk>/draft/", inspections_checks.keep_draft),
    path("inspections/<int:pk>/", inspections.inspection),
    path("inspections/<int:pk>/act/<slug:key>/", inspections.act),
    path("inspections/<int:pk>/members/", inspections.members),
    path("inspections/<int:pk>/self-checks/", inspections.self_checks),
    path("inspections/<int:pk>/checks/new/", inspections_checks.new),
    path("inspections/<int:pk>/items/", inspections_items.items),
    path("samples/households/<int:pk>/", sampling_visits.show),
    path("samples/households/<int:pk>/fill/", sampling_visits.fill),
    path("samples/households/<int:pk>/draft/", sampling_visits.keep_draft),
    path("samples/households/<int:pk>/replace/", sampling_visits.replace_visit),
    path("samples/<int:pk>/", sampling.sample),
    path("samples/<int:pk>/commit/", sampling.commit),
    path("samples/<int:pk>/discard-seed/", sampling.discard),
    path("samples/<int:pk>/draw/", sampling.draw_sample),
    path("samples/<int:pk>/publish/", sampling.publish_sample),
    path("samples/<int:pk>/redraw/", sampling.redraw),
    path("samples/<int:pk>/frame.txt", sampling.frame),
    path("samples/<int:pk>/data-set.xlsx", sampling.data_set),
    path("samples/<int:pk>/sheets/", sampling_sheets.sheets),
    path("samples/<int:pk>/results/", sampling_results.results),
    path("samples/<int:pk>/findings/", sampling_results.findings),
    path("samples/<int:pk>/items/", sampling_results.items),
]

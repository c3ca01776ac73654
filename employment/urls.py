from django.urls import path

from employment import quick_views, views

urlpatterns = [
    path("households/new/", views.entry, name="household-new"),
    path("households/new/check/", views.check_field, name="household-new-check"),
    path("households/new/draft/", views.keep_draft, name="household-new-draft"),
    path("households/<str:code>/edit/", views.entry, name="household-edit"),
    path("households/<str:code>/edit/check/", views.check_field, name="household-check"),
    path("households/<str:code>/edit/draft/", views.keep_draft, name="household-draft"),
    path("settlements/<str:code>/quick/", quick_views.page, name="quick-entry"),
    path("settlements/<str:code>/quick/row/", quick_views.save_row, name="quick-entry-row"),
    path("settlements/<str:code>/quick/paste/", quick_views.paste_block, name="quick-entry-paste"),
    path("settlements/<str:code>/quick/draft/", quick_views.keep_draft, name="quick-entry-draft"),
]

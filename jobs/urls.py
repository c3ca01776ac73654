"""Addresses of jobs."""

from django.urls import path

from jobs import views

urlpatterns = [
    path("jobs/", views.job_list, name="jobs"),
    path("jobs/<uuid:job_id>/", views.job_page, name="job"),
    path("jobs/<uuid:job_id>/cancel/", views.job_cancel, name="job-cancel"),
    path("jobs/<uuid:job_id>/again/", views.job_retry, name="job-retry"),
    path("jobs/<uuid:job_id>/files/<slug:role>/", views.job_file, name="job-file"),
]

from django.urls import path

from households import confirmation_views, paper_views, views, visits_views

urlpatterns = [
    path("confirmations/", confirmation_views.rates, name="confirmation-rates"),
    path("confirmations/confirm/", confirmation_views.confirm_many, name="confirm-many"),
    path("confirmations/decide/", confirmation_views.decide_many, name="decide-many"),
    path("households/<str:code>/", views.household, name="household"),
    path("households/<str:code>/disclose/", views.disclose, name="household-disclose"),
    path("households/<str:code>/visits/new/", visits_views.new, name="visit-new"),
    path("households/<str:code>/visits/draft/", visits_views.keep_draft, name="visit-draft"),
    path("households/<str:code>/steps/<int:pk>/", visits_views.step_done, name="visit-step-done"),
    path("households/<str:code>/confirm/", confirmation_views.confirm, name="household-confirm"),
    path("households/<str:code>/confirmation/", confirmation_views.decide, name="household-confirmation"),
    path("households/<str:code>/print/", paper_views.file, name="household-print"),
    path("households/<str:code>/card/", paper_views.card, name="household-card"),
]

from django.urls import path

from admissions.views import appointment, consultation, inquiry, insurance, sent, status, steps
from content.views import PageView

app_name = "admissions"

urlpatterns = [
    path("", PageView.as_view(page_slug="admissions"), name="overview"),
    path("inquiry/", inquiry.DoorsView.as_view(), name="inquiry"),
    path("inquiry/<slug:door>/", inquiry.InquiryView.as_view(), name="inquiry-door"),
    path("insurance/", insurance.InsuranceView.as_view(), name="insurance"),
    path(
        "insurance/<str:token>/",
        insurance.InsuranceResumeView.as_view(),
        name="insurance-resume",
    ),
    path(
        "insurance/<str:token>/discard/",
        insurance.InsuranceDiscardView.as_view(),
        name="insurance-discard",
    ),
    path(
        "insurance/<str:token>/<slug:step>/",
        insurance.InsuranceStepView.as_view(),
        name="insurance-step",
    ),
    path("discarded/", steps.DiscardedView.as_view(), name="discarded"),
    path("estimate/", inquiry.EstimateView.as_view(), name="estimate"),
    path("consultation/", consultation.ConsultationView.as_view(), name="consultation"),
    path(
        "consultation/<str:token>/",
        consultation.ConsultationResumeView.as_view(),
        name="consultation-resume",
    ),
    path(
        "consultation/<str:token>/discard/",
        consultation.ConsultationDiscardView.as_view(),
        name="consultation-discard",
    ),
    path(
        "consultation/<str:token>/<slug:step>/",
        consultation.ConsultationStepView.as_view(),
        name="consultation-step",
    ),
    path("appointment/<str:token>/", appointment.AppointmentView.as_view(), name="appointment"),
    path("appointment/<str:token>/move/", appointment.MoveView.as_view(), name="appointment-move"),
    path(
        "appointment/<str:token>/cancel/",
        appointment.CancelView.as_view(),
        name="appointment-cancel",
    ),
    path(
        "appointment/<str:token>/call.ics",
        appointment.CalendarFileView.as_view(),
        name="appointment-ics",
    ),
    path("status/", status.StatusView.as_view(), name="status"),
    path("status/<str:token>/", status.StandingView.as_view(), name="status-view"),
    path("status/<str:token>/add/", status.AddView.as_view(), name="status-add"),
    path("status/<str:token>/withdraw/", status.WithdrawView.as_view(), name="status-withdraw"),
    path("status/<str:token>/deletion/", status.DeletionView.as_view(), name="status-deletion"),
    path("sent/<str:token>/", sent.SentView.as_view(), name="sent"),
    path("sent/<str:token>/<slug:to>/", sent.LeadOnView.as_view(), name="lead-on"),
]

from django.urls import path

from admissions.views import public
from content.views import PageView

app_name = "admissions"

urlpatterns = [
    path("", PageView.as_view(page_slug="admissions"), name="overview"),
    path("inquiry/", public.InquiryView.as_view(), name="inquiry"),
    path("insurance/", public.InsuranceView.as_view(), name="insurance"),
    path("sent/<str:token>/", public.SentView.as_view(), name="sent"),
]

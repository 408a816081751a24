from django.urls import path

from content.views import PageView
from programs import views

app_name = "programs"

urlpatterns = [
    path("", views.IndexView.as_view(), name="index"),
    path("levels-of-care/", views.LevelsOfCareView.as_view(), name="levels-of-care"),
    path(
        "how-it-works/",
        PageView.as_view(
            page_slug="how-it-works",
            template_name="programs/how_it_works.html",
            breadcrumbs=(views.PROGRAMS,),
        ),
        name="how-it-works",
    ),
    path("which-level/", views.GuideView.as_view(), name="guide"),
    path("schedule/", views.ScheduleView.as_view(), name="schedule"),
    path("components/", views.ComponentListView.as_view(), name="component-list"),
    path("components/<slug:slug>/", views.ComponentView.as_view(), name="component"),
    path("tracks/", views.TrackListView.as_view(), name="track-list"),
    path("tracks/<slug:slug>/", views.TrackView.as_view(), name="track"),
    path("<slug:slug>/", views.ProgramView.as_view(), name="program"),
]

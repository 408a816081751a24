from django.urls import path, re_path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from content import views
from content.feeds import ArticleFeed
from content.preview import shared_preview

app_name = "content"

urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("articles/", views.ArticleListView.as_view(), name="article-list"),
    path(
        "articles/feed/",
        require_safe(cache_control(public=True, max_age=3600)(ArticleFeed())),
        name="article-feed",
    ),
    path("articles/topics/<slug:slug>/", views.TopicView.as_view(), name="topic"),
    path("articles/<slug:slug>/", views.ArticleView.as_view(), name="article"),
    path("preview/<str:token>/", require_safe(shared_preview), name="preview"),
    re_path(
        r"^media/(?P<key>[-a-zA-Z0-9_]+)-(?P<digest>[0-9a-f]{16})-(?P<size>small|large)\.webp\Z",
        require_safe(views.image_file),
        name="image",
    ),
    path("faq/", views.FaqView.as_view(), name="faq"),
    path("glossary/", views.GlossaryView.as_view(), name="glossary"),
    path("team/", views.TeamView.as_view(), name="team"),
    *(
        path(f"{slug}/", views.PageView.as_view(page_slug=slug), name=slug)
        for slug in (
            "insurance-and-payment families professionals privacy accessibility nondiscrimination "
            "about"
        ).split()
    ),
    path(
        "get-help-now/",
        views.PageView.as_view(page_slug="get-help-now", template_name="content/get_help_now.html"),
        name="get-help-now",
    ),
]

"""The texts of the site and what they are made with: sources, topics, people, FAQ, glossary.

`Text` is the base of everything that is written in Markdown and published: articles and standing
pages here, programs, components and tracks in the app `programs`.
"""

from typing import Self

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

# The standing pages: each has a fixed address, so a page of another name cannot be shown.
PAGE_ROUTES = {
    "home": "content:home",
    "levels-of-care": "programs:levels-of-care",
    "how-it-works": "programs:how-it-works",
    "admissions": "admissions:overview",
    "get-help-now": "content:get-help-now",
    "insurance-and-payment": "content:insurance-and-payment",
    "families": "content:families",
    "professionals": "content:professionals",
    "contact": "contact",
    "team": "content:team",
    "privacy": "content:privacy",
    "accessibility": "content:accessibility",
    "nondiscrimination": "content:nondiscrimination",
    "about": "content:about",
}


class TextStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    SCHEDULED = "scheduled", _("Scheduled")
    PUBLISHED = "published", _("Published")
    ARCHIVED = "archived", _("Archived")


class TextQuerySet(models.QuerySet):
    def published(self) -> Self:
        """Return what the public may read now; a scheduled text appears by itself when due."""
        return self.filter(
            status__in=(TextStatus.PUBLISHED, TextStatus.SCHEDULED),
            published_at__lte=timezone.now(),
        )

    def open(self) -> Self:
        """Return the texts whose page can be opened; a model may narrow it to what is offered."""
        return self.published()

    def for_page(self) -> Self:
        """Return the texts with what a page shows around them, in a fixed number of queries."""
        return self.select_related("author", "reviewer").prefetch_related("topics")


class TopicQuerySet(models.QuerySet):
    def with_texts(self) -> Self:
        """Return the topics under which there is a text that can be opened, in one query."""
        has_text = models.Q(pk__in=())
        for model in text_models():
            has_text |= models.Q(pk__in=model._default_manager.open().values("topics"))
        return self.filter(has_text)


class Topic(models.Model):
    slug = models.SlugField(_("address"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=300, blank=True)
    is_need = models.BooleanField(
        _("a need"), default=False, help_text=_("Listed under “Who is this for?”, not by subject.")
    )
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("content:topic", args=[self.slug])


class Source(models.Model):
    """A publication that texts cite as `[^key]`; numbered on each page in order of first use."""

    class Kind(models.TextChoices):
        PRIMARY = "primary", _("Primary")
        SECONDARY = "secondary", _("Secondary")

    key = models.SlugField(_("key"), unique=True, help_text=_("Cited in a text as [^key]."))
    publisher = models.CharField(_("publisher"), max_length=200)
    title = models.CharField(_("title"), max_length=400)
    year = models.PositiveSmallIntegerField(_("year"))
    url = models.URLField(_("address"), max_length=500)
    checked_on = models.DateField(_("last checked on"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.SECONDARY)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key}: {self.publisher}, {self.year}"


class Person(models.Model):
    """Who writes or reviews texts, or is on the team page. Sample people are marked as such."""

    key = models.SlugField(_("key"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    credentials = models.CharField(_("credentials"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=160)
    bio = models.TextField(_("about"), blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="person",
        verbose_name=_("sign-in"),
        help_text=_("Whose sign-off carries this name."),
    )
    on_team_page = models.BooleanField(_("shown on the team page"), default=False)
    is_sample = models.BooleanField(_("sample data"), default=False)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        ordering = ["order", "name"]
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return ", ".join(part for part in (self.name, self.credentials) if part)


class Text(models.Model):
    """Something written, sourced, published and reviewed again by a date.

    `body` is Markdown; `content.rendering` says what else it may hold. A text is never deleted
    from the desk, it is archived: its address may be in somebody's bookmarks.
    """

    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    summary = models.CharField(
        _("summary"), max_length=300, help_text=_("The lead, and what search engines show.")
    )
    body = models.TextField(_("text"), help_text=_("Markdown. Cite a source as [^key]."))
    status = models.CharField(
        _("status"), max_length=12, choices=TextStatus.choices, default=TextStatus.DRAFT
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    author = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("author")
    )
    reviewer = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("clinical reviewer"),
    )
    reviewed_on = models.DateField(_("clinically reviewed on"), null=True, blank=True)
    next_review_on = models.DateField(_("next review on"))
    topics = models.ManyToManyField(Topic, blank=True, related_name="+", verbose_name=_("topics"))
    related = models.JSONField(
        _("related addresses"), default=list, blank=True, help_text=_("Such as /programs/.")
    )
    language = models.CharField(_("language"), max_length=10, default="en")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TextQuerySet.as_manager()

    rank = 4  # where its kind stands in a list of several: what is offered before what to read

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_review_pair",
                condition=models.Q(reviewer__isnull=True, reviewed_on__isnull=True)
                | models.Q(reviewer__isnull=False, reviewed_on__isnull=False),
                violation_error_message=_("A review has a reviewer and a date, or neither."),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_published_at",
                condition=~models.Q(status__in=("published", "scheduled"))
                | models.Q(published_at__isnull=False),
                violation_error_message=_("A published or scheduled text has a time."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        raise NotImplementedError

    @property
    def subjects(self) -> list[Topic]:
        """The topics that say what this is about, without those that say who it is for."""
        return [topic for topic in self.topics.all() if not topic.is_need]

    @property
    def kind(self) -> str:
        """What sort of text this is, in a word for the public."""
        return str(capfirst(self._meta.verbose_name))

    @property
    def is_published(self) -> bool:
        return (
            self.status in (TextStatus.PUBLISHED, TextStatus.SCHEDULED)
            and self.published_at is not None
            and self.published_at <= timezone.now()
        )


def text_models() -> list[type[Text]]:
    """Return every concrete kind of text, of this app and others."""
    return [model for model in apps.get_models() if issubclass(model, Text)]


class Article(Text):
    class Meta(Text.Meta):
        ordering = ["-published_at", "title"]

    def get_absolute_url(self) -> str:
        return reverse("content:article", args=[self.slug])


class Page(Text):
    """A standing page with an address of PAGE_ROUTES."""

    rank = 3

    headline = models.CharField(_("headline"), max_length=120, blank=True)
    lede = models.CharField(_("lede"), max_length=300, blank=True)

    class Meta(Text.Meta):
        ordering = ["slug"]

    def get_absolute_url(self) -> str:
        return reverse(PAGE_ROUTES[self.slug])


class Faq(models.Model):
    slug = models.SlugField(_("anchor"), unique=True)
    question = models.CharField(_("question"), max_length=200)
    answer = models.TextField(_("answer"), help_text=_("Markdown."))
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, related_name="faqs", verbose_name=_("topic")
    )
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    is_published = models.BooleanField(_("published"), default=True)

    class Meta:
        ordering = ["topic__order", "order", "slug"]
        verbose_name = _("frequent question")

    def __str__(self) -> str:
        return self.question


class GlossaryTerm(models.Model):
    slug = models.SlugField(_("anchor"), unique=True)
    term = models.CharField(_("term"), max_length=80)
    also = models.JSONField(_("also written"), default=list, blank=True)
    definition = models.CharField(_("definition"), max_length=300)
    more = models.TextField(_("more"), blank=True, help_text=_("Markdown."))

    class Meta:
        ordering = ["term"]

    def __str__(self) -> str:
        return self.term


class Revision(models.Model):
    """How a text stood after a save: what it can be compared with and rolled back to."""

    class Kind(models.TextChoices):
        WORDS = "words", _("Words changed")
        STATE = "state", _("State changed")
        REVIEW = "review", _("Signed off")

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    text = GenericForeignKey("content_type", "object_id")
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("saved at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("saved by"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    what = models.CharField(_("what"), max_length=120)
    values = models.JSONField(_("values"))

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                name="content_revision_once", fields=["content_type", "object_id", "number"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.what}"


class Redirect(models.Model):
    """An address that a text had before; it leads to where the text is now."""

    old_path = models.CharField(_("old address"), max_length=200, unique=True)
    new_path = models.CharField(_("new address"), max_length=200)
    at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        ordering = ["old_path"]

    def __str__(self) -> str:
        return f"{self.old_path} → {self.new_path}"


class Image(models.Model):
    """A picture in a text, written there as `![](image:key)`; kept small, as WebP, in two widths.

    The bytes are in the database: few, small, and in every backup. `digest` names the file in its
    address, so that it can be kept for ever.
    """

    key = models.SlugField(_("key"), unique=True, help_text=_("Written in a text as image:key."))
    alt = models.CharField(
        _("alternative text"),
        max_length=300,
        help_text=_("What the picture shows, for those who do not see it."),
    )
    credit = models.CharField(_("credit"), max_length=160, blank=True)
    width = models.PositiveIntegerField(_("width"), editable=False)
    height = models.PositiveIntegerField(_("height"), editable=False)
    digest = models.CharField(max_length=16, editable=False)
    large = models.BinaryField(editable=False)
    small = models.BinaryField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class StarterRecord(models.Model):
    """What the starter content put into the database, to tell it from what staff made of it."""

    identity = models.CharField(max_length=160, unique=True)
    fields = models.JSONField(default=list)
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.identity

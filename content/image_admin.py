"""The pictures of texts in the admin: sent as a file, kept as two small WebP files."""

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from content.image_files import BadImage, Picture, read_picture
from content.images import address, uses_of
from content.models import Image

SHORTEST_ALT = 5
MAX_BYTES = 10 * 1024 * 1024
_FILE_NAME = re.compile(
    r"\.(?:avif|bmp|gif|heic|heif|jpe?g|png|svg|tiff?|webp)$"  # what a file name ends with
    r"|^(?:dscn?|image|img|photo|picture|pxl|scan|screenshot)?[-_ (]*\d+[-_ )\d]*$"
    r"|^\S*[_\d]\S*$",  # one word with a digit or an underscore in it
    re.IGNORECASE,
)


class ImageForm(forms.ModelForm):
    """A picture's words, and the file it is made from; without a file the old picture stays."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_(
            "A JPEG, PNG or WebP picture of at most 10 MB. Only the picture is kept: where and "
            "when a photo was taken is removed."
        ),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    class Meta:
        model = Image
        fields = ("key", "file", "alt", "credit")
        widgets = {"alt": forms.Textarea(attrs={"rows": 2, "cols": 80, "maxlength": 300})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = self.instance.pk is None

    def clean_alt(self) -> str:
        alt = " ".join(self.cleaned_data["alt"].split())
        if len(alt) < SHORTEST_ALT:
            raise forms.ValidationError(
                _("Say in a few words what the picture shows (at least %(least)d characters)."),
                params={"least": SHORTEST_ALT},
            )
        sent = self.files.get("file")
        stem = PurePath(sent.name or "").stem.lower() if sent else ""
        if _FILE_NAME.search(alt) or (" " not in alt and alt.lower() == stem):
            raise forms.ValidationError(
                _("This looks like the name of a file. Say in words what the picture shows.")
            )
        return alt

    def clean_file(self) -> Picture | None:
        file: UploadedFile | None = self.cleaned_data["file"]
        if file is None:
            return None
        if (file.size or 0) > MAX_BYTES:  # and there is nothing else of it: see iop_site.uploads
            raise forms.ValidationError(
                _("The file is larger than 10 MB. Please make the picture smaller.")
            )
        try:
            return read_picture(file.read(), name=file.name or "")
        except BadImage as error:
            raise forms.ValidationError(str(error)) from None

    def save(self, commit: bool = True) -> Any:
        picture: Picture | None = self.cleaned_data.get("file")
        if picture is not None:
            for name in ("width", "height", "large", "small", "digest"):
                setattr(self.instance, name, getattr(picture, name))
        return super().save(commit)


class ImageAdmin(admin.ModelAdmin):
    """The key is fixed once texts may name it, and a picture that a text shows is not deleted."""

    form = ImageForm
    list_display = ("key", "preview", "alt", "credit", "created_at")
    search_fields = ("key", "alt", "credit")
    fields = ("key", "file", "alt", "credit")
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        return super().get_queryset(request).defer("large", "small")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if not self.has_change_permission(request, obj):
            return ("key", "preview", "alt", "credit", "used_in")
        return (*self.fields, "preview", "used_in") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("key", "preview", "used_in") if obj else ("preview",)

    @admin.display(description=_("picture"))
    def preview(self, image: Image) -> SafeString:
        height = max(1, round(image.height * 160 / image.width))
        return format_html(
            '<img src="{}" width="160" height="{}" alt="{}" loading="lazy">',
            address(image, "small"),
            height,
            image.alt,
        )

    @admin.display(description=_("shown in"))
    def used_in(self, image: Image) -> str:
        return ", ".join(str(row) for row in uses_of(image.key)) or str(_("No text yet."))

    def get_deleted_objects(self, objs: Iterable[Image], request: HttpRequest) -> Any:
        """Name the texts that show a picture as what protects it, as Django does for rows."""
        images = list(objs)
        found, counts, denied, protected = super().get_deleted_objects(images, request)
        used = [
            format_html(
                '{}: <a href="{}">{}</a>',
                capfirst(row._meta.verbose_name),
                reverse(
                    f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk]
                ),
                row,
            )
            for image in images
            for row in uses_of(image.key)
        ]
        return found, counts, denied, [*protected, *used]

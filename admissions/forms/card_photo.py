"""The form field that takes a photo of an insurance card."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from admissions.card_photos import MAX_BYTES

# With HEIC among them an iPhone sends the photo as it is. Not `capture`: that would open the
# camera only, and many people have the photo already.
ACCEPT = "image/jpeg,image/png,image/heic,image/heif,.heic,.heif"


class CardPhotoField(forms.FileField):
    """One file of at most MAX_BYTES. What is in it `admissions.card_photos` finds out.

    Its name and its declared type are not looked at: phones get both wrong.
    """

    widget = forms.FileInput
    default_error_messages = {
        "required": _("Choose a photo of the card."),
        "invalid": _("The photo did not arrive. Please choose it again."),
        "missing": _("The photo did not arrive. Please choose it again."),
        "empty": _("This file is empty. Please choose the photo again."),
        "too_large": _(
            "This file is larger than 15 MB. Please choose a smaller photo, or send a screenshot "
            "of it."
        ),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "help_text",
            _(
                "A photo or a screenshot: JPEG, PNG or HEIC, up to 15 MB. Only the picture is "
                "kept, not where or when it was taken."
            ),
        )
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "accept": ACCEPT}

    def to_python(self, data: Any) -> Any:
        file = super().to_python(data)
        # Of such a file there is nothing but its size: see iop_site.uploads.
        if file is not None and file.size > MAX_BYTES:
            raise ValidationError(self.error_messages["too_large"], code="too_large")
        return file

"""The form of the guide to levels of care. It holds answers only while the page is made."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import BaseInput, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from programs.guide import QUESTIONS


class ShowButton(BaseInput):
    """The button of the form; crispy's own carries Bootstrap's classes."""

    input_type = "submit"
    field_classes = "button"


class GuideForm(forms.Form):
    """One required radio group for each question of the guide."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in QUESTIONS:
            self.fields[question.key] = forms.ChoiceField(
                label=question.label,
                help_text=question.hint,
                choices=question.choices,
                widget=forms.RadioSelect,
                error_messages={
                    "required": _("Choose an answer: %(question)s") % {"question": question.label},
                    "invalid_choice": _("Choose one of the answers: %(question)s")
                    % {"question": question.label},
                },
            )
        self.helper = FormHelper(self)
        self.helper.attrs = {"novalidate": "", "autocomplete": "off"}
        self.helper.form_method = "post"
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            *(question.key for question in QUESTIONS),
            ShowButton("show", _("Show what to talk about")),
        )

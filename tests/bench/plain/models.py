from django.db import models


class PlainInquiry(models.Model):
    """As many fields as the form "for myself" has, in the clear."""

    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    preferred_channel = models.CharField(
        max_length=8, choices=[("phone", "Phone"), ("text", "Text"), ("email", "E-mail")]
    )
    good_times = models.CharField(max_length=200, blank=True)
    voicemail_ok = models.BooleanField(default=False)
    may_say_who = models.BooleanField(default=False)
    email_ok = models.BooleanField(default=False)
    do_not_speak_to = models.CharField(max_length=300, blank=True)
    age_band = models.CharField(max_length=8)
    track = models.CharField(max_length=50, blank=True)
    time_of_day = models.CharField(max_length=10, blank=True)
    coverage_kind = models.CharField(max_length=12, blank=True)
    language = models.CharField(max_length=40, blank=True)
    needs_interpreter = models.BooleanField(default=False)
    access_needs = models.CharField(max_length=300, blank=True)
    heard_from = models.CharField(max_length=160, blank=True)
    message = models.TextField(max_length=2000, blank=True)
    agree_contact = models.BooleanField(default=False)
    agree_privacy_notice = models.BooleanField(default=False)
    agree_texts = models.BooleanField(default=False)
    received_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"inquiry {self.pk}"

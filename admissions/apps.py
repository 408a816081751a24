from django.apps import AppConfig


class AdmissionsConfig(AppConfig):
    name = "admissions"
    verbose_name = "Admissions"

    def ready(self) -> None:
        from admissions.accounts import watch_sign_ins

        watch_sign_ins()

from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "programs"
    verbose_name = "Programs and provider"

    def ready(self) -> None:
        from content import publishing
        from programs.licence import publishing_blocker

        publishing.add_guard(publishing_blocker)

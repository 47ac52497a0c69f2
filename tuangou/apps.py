from django.apps import AppConfig


class TuangouConfig(AppConfig):
    name = "tuangou"

    def ready(self) -> None:
        from tuangou import personal, subscriptions

        subscriptions.connect()
        personal.connect()

from django.apps import AppConfig


class TuangouConfig(AppConfig):
    name = "tuangou"

    def ready(self) -> None:
        from tuangou import matrix, personal, subscriptions

        subscriptions.connect()
        personal.connect()
        matrix.connect()

from django.apps import AppConfig


class TuangouConfig(AppConfig):
    name = "tuangou"

    def ready(self) -> None:
        from tuangou.subscriptions import connect

        connect()

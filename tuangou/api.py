"""The one router of the JSON API; each app's viewsets are registered here."""

from rest_framework.routers import SimpleRouter

router = SimpleRouter()

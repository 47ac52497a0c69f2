"""One browser for all; people sit down in it as in the journeys."""

from tests.journeys.conftest import browser_type_launch_args, person

__all__ = ["browser_type_launch_args", "person"]

"""For the tests of rules: the machine is shared, so no example is too slow."""

from hypothesis import settings

settings.register_profile("shared", deadline=None)
settings.load_profile("shared")

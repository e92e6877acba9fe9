"""What a source says of how its posts are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Format = Literal["auto", "json", "form", "adf", "google_ads", "webhook"]
"""`auto` goes by the Content-Type: JSON, a form's post, or ADF/XML."""

ResponseFormat = Literal["native", "leadconduit", "boberdoo"]


@dataclass(frozen=True, slots=True)
class Settings:
    """mapping: a sender's key, where dots walk into objects, to a key of a lead, `name`, `fields.<name>`, or None.

    defaults: a key of a lead or `fields.<name>` to what it is where a post does not say.
    """

    format: Format = "auto"
    mapping: Mapping[str, str | None] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)


AS_IT_COMES = Settings()
"""Of a source that says nothing of it."""

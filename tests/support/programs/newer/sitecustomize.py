"""The same program a version later: events, enriched events, conversations and alerts have one more field.

On PYTHONPATH, Python reads it before anything of the program. It is always written, so that the records of both
versions can be told apart.
"""

import sys

import msgspec


def _later(module: str, name: str) -> None:
    """Give a struct a field; whoever imports it from now on gets the newer one."""
    __import__(module)
    today = getattr(sys.modules[module], name)
    field = msgspec.field(default_factory=lambda: "it is")
    fields = {"__annotations__": {"added_later": str}, "added_later": field, "__module__": module}
    setattr(sys.modules[module], name, type(today)(name, (today,), fields, frozen=True, kw_only=True))


_later("schemas.event", "Event")  # before the module that holds one
_later("schemas.enriched", "Enriched")
_later("schemas.conversation", "Conversation")
_later("schemas.alert", "Alert")

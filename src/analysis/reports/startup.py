"""What is done once, before anything else of this room is imported."""

import importlib
import sys

_SLOW = "rfc3987_syntax"


def skip_slow_import() -> None:
    """Keep `jsonschema` from building a grammar that no notebook needs.

    nbformat brings jsonschema along, and that, where it finds `rfc3987_syntax`, builds
    a grammar of international addresses at import: two seconds of every start. Without
    it, the one format that it checks goes unchecked, which a notebook does not have.
    """
    if "jsonschema" in sys.modules or _SLOW in sys.modules:
        return
    sys.modules[_SLOW] = None  # type: ignore[assignment]  # how Python marks "not to be imported"
    try:
        importlib.import_module("jsonschema")
    finally:
        del sys.modules[_SLOW]

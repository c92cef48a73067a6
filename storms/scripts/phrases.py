"""What generated scripts are made of: the tables of ``phrases.yaml``. ``@`` is what goes inside."""

from __future__ import annotations

from pathlib import Path

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TABLES: dict[str, list[str]] = yaml.load(Path(__file__).with_suffix(".yaml").read_text(), _LOADER)

TEMPLATES = tuple(_TABLES["templates"])
SPELLINGS = tuple(_TABLES["spellings"])
COMMANDS = tuple(_TABLES["commands"])
TABLE_COMMANDS = tuple(_TABLES["table_commands"])
WORDS = tuple(_TABLES["words"])
ODD_WORDS = tuple(_TABLES["odd_words"])
GLUE = tuple(_TABLES["glue"])
IN_DOUBLE = tuple(_TABLES["in_double"])
IN_SINGLE = tuple(_TABLES["in_single"])
ARITHMETIC = tuple(_TABLES["arithmetic"])
PREFIXES = tuple(_TABLES["prefixes"])
HEADS = tuple(_TABLES["heads"])
CONTEXTS = tuple(_TABLES["contexts"])
RESERVED_FRONTS = tuple(_TABLES["reserved_fronts"])
REDIRECTIONS = tuple(_TABLES["redirections"])
ODD_ASSIGNMENTS = tuple(_TABLES["odd_assignments"])
SOURCES = tuple(_TABLES["sources"])
STEPS = tuple(_TABLES["steps"])
GUARDS = tuple(_TABLES["guards"])
BETWEEN = tuple(_TABLES["between"])
USES = tuple(_TABLES["uses"])
SAFE_USES = tuple(_TABLES["safe_uses"])
OWN_LINES = tuple(_TABLES["own_lines"])
DAMAGE = tuple(_TABLES["damage"])
REALISTIC = tuple(_TABLES["realistic"])

"""Changes of certificates as data, and the material of each of their steps."""

from hubemu.pki.migration.definitions import (
    DEFAULT_MIGRATION,
    Migration,
    Step,
    load_migration,
    migration_names,
)
from hubemu.pki.migration.material import Stage, StageMaker

__all__ = [
    "DEFAULT_MIGRATION",
    "Migration",
    "Stage",
    "StageMaker",
    "Step",
    "load_migration",
    "migration_names",
]

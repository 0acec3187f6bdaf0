"""Changes of certificates as data, and the material of each of their steps."""

from hubemu.pki.migration.material import Stage, StageMaker
from hubemu.pki.steps import (
    DEFAULT_MIGRATION,
    Migration,
    Step,
    load_migration,
    migration_names,
)

__all__ = [
    "DEFAULT_MIGRATION",
    "Migration",
    "Stage",
    "StageMaker",
    "Step",
    "load_migration",
    "migration_names",
]

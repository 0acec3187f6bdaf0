"""Changes of certificates as data, and the material of each of their steps."""

from hubemu.pki.migration.material import Stage, StageMaker
from hubemu.pki.steps import (
    Migration,
    Step,
    load_migration,
    migration_names,
)

__all__ = [
    "Migration",
    "Stage",
    "StageMaker",
    "Step",
    "load_migration",
    "migration_names",
]

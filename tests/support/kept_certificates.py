"""The certificates that the first Hub of a run made, for the homes of those after it.

Their keys take longer than all else that a Hub does to start. A Hub issues anew what another one
needs otherwise: names, clients, the port where revocation is told.
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

__all__ = ["KEPT", "KeptCertificates"]


class KeptCertificates:
    """The folder of certificates of a home, in memory."""

    def __init__(self) -> None:
        self._archive: bytes | None = None

    def keep(self, home: Path) -> None:
        """Keep those of a Hub that is up, if none are kept yet."""
        if self._archive is None:
            archive = io.BytesIO()
            with tarfile.open(fileobj=archive, mode="w") as made:
                made.add(home / "certs", "certs")
            self._archive = archive.getvalue()

    def given(self, home: Path) -> Path:
        """The home, into which they were put unless it has some; none while none are kept."""
        if self._archive is not None and not (home / "certs").exists():
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tarfile.open(fileobj=io.BytesIO(self._archive)) as kept:
                # An attribute, not an argument: Python 3.11 knows filters from 3.11.4 on only.
                kept.extraction_filter = lambda member, _: member
                kept.extractall(home)
        return home


KEPT = KeptCertificates()

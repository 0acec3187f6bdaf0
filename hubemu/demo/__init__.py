"""One complete exchange on a Hub of its own, told step by step."""

from hubemu.demo.story import play
from hubemu.demo.telling import Teller, language

__all__ = ["Teller", "language", "play"]

"""One complete exchange, on a Hub of its own or one that is up, told step by step."""

from hubemu.demo.story import play, play_on
from hubemu.demo.telling import Teller, language

__all__ = ["Teller", "language", "play", "play_on"]

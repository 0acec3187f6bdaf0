"""What happens on a Hub, as one stream: connections, refusals, messages, its own changes."""

from hubemu.events.connections import ConnectionLog
from hubemu.events.event import Event, Kind, Level, message_event
from hubemu.events.log import EventLog, EventPage, Wanted
from hubemu.events.reasons import Reason, Situation, reason_for
from hubemu.events.refusals import Directory

__all__ = [
    "ConnectionLog",
    "Directory",
    "Event",
    "EventLog",
    "EventPage",
    "Kind",
    "Level",
    "Reason",
    "Situation",
    "Wanted",
    "message_event",
    "reason_for",
]

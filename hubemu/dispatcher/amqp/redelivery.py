"""The mark of a publication that may be a second copy.

A dispatcher that loses its link after a publication and before its confirm cannot know whether the
broker has it. RabbitMQ delivers the message again, and it is published again, because nothing may
be lost. AMQP lets no publisher set `redelivered` for its readers, so a header of ours says it: what
is published for a delivery that came before carries `x-redelivered: true`, be it the first copy or
the second. A copy without the mark is the first.
"""

from __future__ import annotations

import msgspec

from hubemu.broker.wire.rewriting import with_header
from hubemu.dispatcher.delivery import Publication

__all__ = ["REDELIVERED", "marked"]

REDELIVERED = "x-redelivered"


def marked(publication: Publication) -> Publication:
    """The publication with the mark."""
    header = with_header(publication.header, REDELIVERED, True)
    return msgspec.structs.replace(publication, header=header)

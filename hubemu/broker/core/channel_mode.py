"""What a channel was switched to: confirm mode or transactions.

Rules (RabbitMQ's):
1. The two exclude each other, and neither is ever left.
2. In tx mode there is always a transaction: the next begins where one was committed or rolled back.
"""

from __future__ import annotations

from hubemu.broker.core.errors import precondition_failed
from hubemu.broker.core.transaction import Transaction

__all__ = ["ChannelMode"]


class ChannelMode:
    """The mode of one channel.

    Attributes:
        confirming: whether publishes are confirmed.
        transaction: what waits for commit or rollback; `None` outside tx mode (and meanwhile).
    """

    __slots__ = ("confirming", "transaction")

    def __init__(self) -> None:
        self.confirming = False
        self.transaction: Transaction | None = None

    def confirm_select(self) -> None:
        """Have every publish from now on confirmed.

        Raises:
            ChannelError: 406 in tx mode.
        """
        if self.transaction is not None:
            raise precondition_failed("cannot switch from tx to confirm mode")
        self.confirming = True

    def tx_select(self) -> None:
        """Hold publications and settlements back from now on, until a commit.

        Raises:
            ChannelError: 406 in confirm mode.
        """
        if self.confirming:
            raise precondition_failed("cannot switch from confirm to tx mode")
        if self.transaction is None:
            self.transaction = Transaction()

    def take(self) -> Transaction:
        """End the transaction; what is done until `tx_select` is not held back.

        Raises:
            ChannelError: 406 not in tx mode.
        """
        taken, self.transaction = self.transaction, None
        if taken is None:
            raise precondition_failed("channel is not transactional")
        return taken

"""Whether a chain leads to a trusted authority, judged as RabbitMQ judges it.

RabbitMQ leaves that to Erlang's TLS, whose path validation differs from OpenSSL's in many small
ways (docs/fidelity.md); this is its behaviour in OTP 25, asked of a real node in the tests.
"""

from hubemu.pki.paths.faults import PathFault, PathFaultKind
from hubemu.pki.paths.judging import Judging, own_fault, verify
from hubemu.pki.paths.trusted import signed_by

__all__ = ["Judging", "PathFault", "PathFaultKind", "own_fault", "signed_by", "verify"]

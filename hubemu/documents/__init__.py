"""Messages of any kind read as they are, valid or not: what people and clients want to know."""

from hubemu.documents.document import MessageNode, content_type_of, read_document, read_file
from hubemu.documents.summary import Summary, summary_of

__all__ = [
    "MessageNode",
    "Summary",
    "content_type_of",
    "read_document",
    "read_file",
    "summary_of",
]

"""The AMQP side of a Hub in AsyncAPI 3: servers, channels, operations, messages and schemas."""

from hubemu.asyncapi.document import Listener, asyncapi_document

__all__ = ["Listener", "asyncapi_document"]

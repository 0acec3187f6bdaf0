"""A client of the Hub as vendors write it: AMQPS, client certificate, EXTERNAL, confirms."""

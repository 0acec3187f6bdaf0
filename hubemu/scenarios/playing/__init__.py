"""Playing a scenario on a Hub: actors over AMQPS, the Hub's control API for all else."""

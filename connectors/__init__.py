"""The way in: connectors read networks and files and publish events to Kafka."""

"""The contract: what travels on topics and into tables. Knows nobody else in the house."""

"""The top: what starts, provisions, packages and shows the system."""

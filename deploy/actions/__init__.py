"""The server behind signed links: people decide on a page, programs through an interface."""

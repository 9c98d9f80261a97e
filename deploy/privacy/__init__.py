"""The rights of people over what is kept of them: erasure, access, and a log of who looked and changed."""

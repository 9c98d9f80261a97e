"""What `vigie alerts` does: ask, decide, try and rehearse."""

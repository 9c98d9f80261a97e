"""The broker and the store that `vigie up` starts on loopback."""

"""Brands that are also words of every day in French or English, folded."""

ORDINARY = frozenset(
    (
        *("alan", "ally", "apple", "avis", "boost", "boulanger", "but", "canal", "carrefour", "casino"),
        *("chase", "corsair", "delta", "discover", "dove", "express", "fiat", "ford", "free", "gap"),
        *("go", "guess", "hello", "hop", "ing", "jules", "match", "metro", "mini", "monster"),
        *("nature", "next", "nickel", "nuts", "oasis", "on", "one", "orange", "pacifica", "pulse"),
        *("quick", "red", "relay", "saga", "sage", "seat", "sharp", "shell", "signal", "skip"),
        *("smart", "sprint", "square", "subway", "suez", "super", "swan", "target", "tide", "total"),
        *("unity", "vans", "visa", "vision", "wish", "yes", "zone"),
    )
)

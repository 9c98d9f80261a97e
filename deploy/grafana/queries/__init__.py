"""What each board asks, one module per board: the same in every language, codes and seconds, no words."""

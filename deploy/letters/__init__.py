"""Dead letters: look at them, try them again, let them go."""

"""What every language shares: one tokenizer, one normal form, hashed n-grams and the components built on them."""

"""The words of notifications, English and French, each written by hand."""

"""The middle: agents enrich events, measure response times, and store what is known."""

"""Channel partners: what they are offered, and which companies are registered for them."""

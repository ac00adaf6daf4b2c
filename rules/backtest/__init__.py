"""Past leads through other rules: what would have come out otherwise."""

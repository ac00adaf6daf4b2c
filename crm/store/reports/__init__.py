"""What the leads of a period were worth, and how they were shared."""

"""What rules decided, by which rule set, and what others would decide."""

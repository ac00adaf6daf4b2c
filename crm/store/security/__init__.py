"""What a caller may see and do, as conditions of queries."""

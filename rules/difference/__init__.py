"""What changed between two rule books, in meaning: rules, files, the directory, and the leads that it touches."""

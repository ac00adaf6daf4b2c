"""What helps people to write rule files: their layout, starters, and schemas for editors."""

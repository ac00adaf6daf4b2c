"""What the world outside is told."""

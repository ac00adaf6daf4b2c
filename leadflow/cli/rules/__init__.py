"""What editors of rule files use, one command a file."""

"""Example data, and the script that builds it."""

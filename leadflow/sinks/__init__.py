"""Sinks: who outside is told what happens to leads, and how it gets there from the outbox."""

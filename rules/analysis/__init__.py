"""Reasoning about rule books without routing a lead: what conditions can hold, what examples cover."""

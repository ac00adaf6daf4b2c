"""The HTTP service: who calls, how much they may ask, and what each path is answered by."""

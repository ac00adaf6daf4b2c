"""Load, check, compile, match and explain rule files. Start at `rules_engine` or `live`."""

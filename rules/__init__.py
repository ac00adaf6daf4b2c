"""Where a lead goes: the rule files people edit, the engine that reads them, and who in a team is next."""

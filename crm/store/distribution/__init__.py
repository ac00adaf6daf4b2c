"""Who gets a lead: teams, turns, earlier owners, and leads that wait for somebody."""

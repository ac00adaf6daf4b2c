"""When people work: opening hours in a time zone, without public holidays; and how much time of it has passed."""

from rules.calendars.calendar import ALWAYS, EVERY_HOUR, HORIZON, Calendar, Week

__all__ = ["ALWAYS", "EVERY_HOUR", "HORIZON", "Calendar", "Week"]

"""Methods with another order of updates or more trained parts than the default."""

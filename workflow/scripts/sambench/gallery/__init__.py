"""Images of cases with the outlines of every method, for the page of the report."""

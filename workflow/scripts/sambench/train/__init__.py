"""Train one method on one source with one seed."""

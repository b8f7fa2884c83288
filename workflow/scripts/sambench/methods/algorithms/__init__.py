"""Methods that learn in an order of their own, one a file."""

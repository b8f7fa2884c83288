"""Results that travel: a folder without images that someone else can check."""

"""Numbers read in papers, and how reproduced ones compare with them."""

"""Networks of the SAM family, prompted or not, on images of any size."""

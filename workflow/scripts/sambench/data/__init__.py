"""From archives to packed slices: the only room that opens NIfTI and TIFF files."""

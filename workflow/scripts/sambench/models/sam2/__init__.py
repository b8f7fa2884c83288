"""SAM 2.1 and SAM 3 of the package `transformers`, which the extra `sam2` installs."""

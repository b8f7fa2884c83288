"""Look at a folder and guess how a data set is laid out, for `sambench init`."""

"""Embeddings of frozen image encoders as files, shared by methods."""

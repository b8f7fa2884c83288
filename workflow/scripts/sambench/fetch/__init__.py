"""Download, verify and unpack what the registry `config/datasets.yaml` lists."""

from sambench.fetch.registry import Entry, RemoteFile, find_entry, load_registry

__all__ = ["Entry", "RemoteFile", "find_entry", "load_registry"]

"""Download, verify and unpack what the registry `config/datasets.yaml` lists."""

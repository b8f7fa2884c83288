"""From the YAML files under `config/` to the list of runs and scores."""

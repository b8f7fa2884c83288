"""Values for many keys by one word: `preset: small`."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from sambench.errors import require_known
from sambench.settings.inheritance import merge
from sambench.settings.yaml_file import read_yaml


def with_preset(
    config: Mapping[str, Any], folders: Sequence[Path], sized: Collection[str] = ()
) -> dict[str, Any]:
    """Fill in the values of the preset; what the configuration says itself stays.

    Parameters
    ----------
    config : mapping
        The configuration with its defaults; `benchmarks` are ids.
    folders : sequence of Path
        The `config/` folders, which hold `presets/`.
    sized : collection of str
        Benchmarks with their own size, which the preset's does not replace.
    """
    name = config["preset"]
    if name is None:
        return dict(config)
    files = {
        path.stem: path
        for folder in reversed(folders)
        for path in Path(folder).glob("presets/*.yaml")
    }
    require_known("key 'preset'", "preset", [name], files)
    preset = read_yaml(files[name])
    changed = {"overrides": merge(preset.get("overrides", {}), config["overrides"])}
    size = preset.get("image_size")
    if size is not None and config["image_size"] is None:
        unsized = [b for b in config["benchmarks"] if b not in sized]
        changed["image_size"] = dict.fromkeys(unsized, size)
    return {**config, **changed}

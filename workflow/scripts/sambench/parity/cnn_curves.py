"""Maps of intensities by random curves against the authors' results."""

import torch
from torch import Tensor

from sambench.methods.normalisation import symmetric_range
from sambench.methods.views import location_scale
from sambench.methods.views.bezier import intensity_map, look_up
from sambench.methods.views.negative import negative
from sambench.parity.cnn import batch_of, classes
from sambench.parity.cnn_views import ccsdg_zscore
from sambench.parity.fixture import Fixture


def ccsdg_gla(fixture: Fixture) -> None:
    """Compare GLA with one curve for a batch of bytes."""
    limits = fixture.constants["vrange"]
    view = location_scale.GlobalLocationScale(range=limits, unit=False, per="batch")
    draws = _curves(fixture, [["gla"]])
    _check_curve(fixture, "gla", draws, fixture["x"])
    batch = batch_of(fixture["x"], _structures(fixture["mask"]))
    found = view.apply(batch, draws)[0].images
    fixture.check_each({"GLA": found, "GLA_zscore": ccsdg_zscore(found)})
    local = location_scale.LocalLocationScale(range=limits, unit=False, per="batch")
    draws = _curves(fixture, [_regions(fixture, "lla.", fixture["mask"])])
    fixture.check("LLA", local.apply(batch, draws)[0].images)


def slaug_gla(fixture: Fixture) -> None:
    """Compare GLA and LLA of single slices in 0..1."""
    limits = fixture.constants["vrange"]
    for name in fixture.numbered("im", ".x"):
        image = fixture[f"{name}.x"].movedim(-1, 0)[None]
        mask = fixture[f"{name}.mask"].movedim(-1, 0)[None]
        regions = _regions(fixture, f"{name}.lla.", mask)
        batch = batch_of(image, _structures(mask))
        for key, kind, rows in (
            ("GLA", location_scale.GlobalLocationScale, [f"{name}.gla"]),
            ("LLA", location_scale.LocalLocationScale, regions),
        ):
            draws = _curves(fixture, [rows])
            found = kind(range=limits).apply(batch, draws)[0].images
            fixture.check(f"{name}.{key}", found[0].movedim(0, -1))
        for row in (f"{name}.gla", *regions):
            if f"{row}.lut_index" in fixture:
                draws = _curves(fixture, [[row]])
                _check_curve(fixture, row, draws, fixture[f"{name}.x"])


def _structures(mask: Tensor) -> Tensor:
    """Return a label map `(N, 1, H, W)` as structures, without the background."""
    return classes(mask, max(int(mask.max()), 1) + 1)[:, 1:]


def _regions(fixture: Fixture, prefix: str, mask: Tensor) -> list[str]:
    """Name the regions of a mask; one that it lacks has no draws."""
    return [f"{prefix}{i}" for i in range(max(int(mask.max()), 1) + 1)]


def _curves(fixture: Fixture, groups: list[list[str]]) -> location_scale.Draws:
    """Read the draws of regions, `groups` being rows of names of regions."""

    def read(key: str, shape: tuple[int, ...] = ()) -> Tensor:
        absent = torch.zeros(shape, dtype=torch.double)
        names = [[f"{name}.{key}" for name in group] for group in groups]
        rows = [[fixture.get(name, absent) for name in group] for group in names]
        return torch.stack([torch.stack(row).double() for row in rows])

    points = torch.stack([read("ctrl_x", (4,)), read("ctrl_y", (4,))], dim=-1)
    return location_scale.Draws(
        points, read("inverted").bool(), read("scale"), read("location_raw")
    )


def _check_curve(
    fixture: Fixture, name: str, draws: location_scale.Draws, values: Tensor
) -> None:
    x, y = intensity_map(draws.points[0], draws.inverted[0])
    chosen = fixture[f"{name}.lut_index"].long()
    found = {"lut_x": x[0, chosen], "lut_y": y[0, chosen]}
    found["after_curve"] = look_up(values.reshape(1, -1), x, y).view_as(values)
    fixture.check_each(found, f"{name}.")


def dual_norm_styles(fixture: Fixture) -> None:
    """Compare the two styles, and curves that the released code does not use."""
    volume = fixture["volume"]  # all slices of a case side by side: one image
    flat = volume.flatten()[None, None, None]
    scaled = symmetric_range(flat)[0, 0, 0].view_as(volume)
    found = {"norm": scaled, "source_similar": scaled}
    fixture.check_each(found | {"source_dissimilar": negative(scaled)})
    for name in fixture.numbered("bezier", ".x"):
        points = fixture[f"{name}.ctrl"][None]
        x, y = intensity_map(points, fixture[f"{name}.inverted"][None].bool())
        values = fixture[f"{name}.x"]
        found = look_up(values.reshape(1, -1), x, y).view_as(values)
        fixture.check(f"{name}.out", found)

"""Every recipe of a network of this environment, small enough for a test."""

import copy
from pathlib import Path

from sambench.models import NETWORKS
from sambench.settings.catalogue import Catalogue
from sambench.settings.recipe import recipe_for
from sambench.settings.schema import validate

CATALOGUE = Catalogue([Path(__file__).resolve().parents[1] / "config"])
FILES = CATALOGUE.load_all("methods", CATALOGUE.names("methods"), "methods")
# Networks of other environments have tests of their own.
NETWORK_METHODS = sorted(
    name
    for name, file in FILES.items()
    if file["predictor"] == "network"
    and NETWORKS.environment(file["network"]["name"]) == "torch"
)
TRAINED = [name for name in NETWORK_METHODS if FILES[name].get("training")]
# Methods that answer with one mask, whatever is asked
OF_ONE_STRUCTURE = {"desam", "desam_box"}
SIZE = 64
# Arguments that make networks and algorithms small
SMALL = {
    "unet": {"features": [4, 4, 4, 4, 4]},
    "plain_unet": {"widths": [4, 8, 8, 8, 8]},
    "resnet_unet": {"layers": [1, 1, 1, 1], "widths": [8, 8, 8, 8], "width": 8},
    "efficientnet_unet": {"encoder": "efficientnet-b0"},
    "fcn16": {"down": [4, 4, 8, 8, 8], "up": [8, 4, 4, 4], "code": 8},
    "dual_norm_unet": {"width": 4, "levels": 3},
    "ccsdg": {"side": 8, "length": 16},
    "ads": {"width": 4, "length": 8, "patches": 16},
}


def small(name: str) -> dict:
    """A recipe with the small backbone and a training of one epoch."""
    recipe = copy.deepcopy(FILES[name])
    network = recipe["network"]
    if "backbone" in network:
        network.update(backbone="sam_nano", image_size=SIZE)
    network |= SMALL.get(network["name"], {})
    algorithm = recipe.get("algorithm") or {}
    algorithm |= SMALL.get(algorithm.get("name"), {})
    if recipe["training"]:
        recipe["training"].update(epochs=1, min_steps_per_epoch=1, batch_size=4)
        if recipe["training"].get("steps_per_epoch"):
            recipe["training"]["steps_per_epoch"] = 1
    recipe["inference"]["batch_size"] = 8
    recipe = validate(recipe, "method", name)
    return recipe_for(recipe, ["prostate"], {})

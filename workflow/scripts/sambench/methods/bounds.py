"""Bounds of what a recipe may say to a part, which planning reads and checks."""

from typing import Annotated

Chance = Annotated[float, {"minimum": 0, "maximum": 1}]
Size = Annotated[float, {"minimum": 0}]
Count = Annotated[int, {"minimum": 1}]
Limits = tuple[float, float]

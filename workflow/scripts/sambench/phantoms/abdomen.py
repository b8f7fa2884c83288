"""The upper abdomen, for CT and MR alike."""

from dataclasses import replace

import numpy as np

from sambench.phantoms.organs import VALUE
from sambench.phantoms.scene import Scene
from sambench.phantoms.shapes import Blob, Meet, Tube, random_waves


def draw_abdomen(scene: Scene, rng: np.random.Generator) -> None:
    """Paint an upper abdomen; the patient's right is at low x.

    Parameters
    ----------
    scene : Scene
        Where to paint; its contrasts hold the tissues of `organs.HOUNSFIELD`.
    rng : np.random.Generator
        Source of the anatomy.
    """
    cavity = _draw_walls(scene, rng)
    _draw_bowel(scene, rng, cavity)
    _draw_spleen_and_stomach(scene, rng, cavity)
    _draw_liver(scene, rng, cavity)
    _draw_kidneys(scene, rng)
    _draw_vessels(scene, rng)
    _draw_pancreas(scene, rng)
    _draw_gall_bladder(scene, rng)


def _draw_walls(scene: Scene, rng: np.random.Generator) -> Blob:
    """Paint skin fat, muscles, ribs, spine and lung bases; give the inner wall."""
    wide, deep = rng.normal(1, 0.05, 2)
    fat = rng.uniform(9, 26)
    inner = Blob(
        (0, 0, 0),
        (900, 88 * deep, 130 * wide),
        power=2.35,
        waves=random_waves(rng, 0.02),
    )
    couch = Blob((0, inner.radii[1] + fat + 20, 0), (900, 9, 190), power=4)
    scene.add("table", couch)
    scene.add("air", couch.grown(-4))
    scene.add("fat", inner.grown(9 + fat), grain="coarse")
    scene.add("muscle", inner.grown(9), grain="fine")
    scene.add("fat", inner)
    for side in (-1, 1):
        back = Blob((0, 76 * deep, side * 33), (900, 17, 25), side * -8)
        psoas = Blob((-30, 52, side * 33), (45, 14, 13), waves=random_waves(rng, 0.06))
        for muscle in (back, psoas):
            scene.add("muscle", muscle, grain="fine")
        crus = Tube(((20, 30, side * 12), (-20, 38, side * 16)), (6, 4))
        scene.add("muscle", crus)
        lung = Blob((52, 40, side * 84), (36, 42, 38), waves=random_waves(rng, 0.06))
        scene.add("lung", Meet(lung, inner.grown(-1)), grain="fine")
        for turn in np.deg2rad(np.array([-38, -12, 14, 38, 58]) + rng.normal(0, 4)):
            y, x = 94 * deep * np.sin(turn), side * 137 * wide * np.cos(turn)
            tilt = side * (90 - np.rad2deg(turn) * 0.9)
            rib = Blob((rng.normal(0, 25), y, x), (28, 4.2, 9), angle=tilt)
            scene.add("cortex", rib)
            scene.add("bone", rib.grown(-1.8))
    vertebra = Blob((0, 56, 0), (900, 17, 21), waves=random_waves(rng, 0.05))
    arch = Blob((0, 80, 0), (900, 14, 17), waves=random_waves(rng, 0.1))
    for bone in (arch, vertebra):
        scene.add("cortex", bone.grown(1.5))
        scene.add("bone", bone)
    for side in (-1, 1):
        process = Blob((0, 77, side * 22), (900, 4.5, 17), side * 10)
        scene.add("bone", process)
    scene.add("bone", Blob((0, 97, 0), (900, 12, 4)))
    scene.add("fat", Blob((0, 77, 0), (900, 9, 11)))
    scene.add("cord", Blob((0, 77, 0), (900, 5.5, 7)))
    return inner


def _draw_bowel(scene: Scene, rng: np.random.Generator, cavity: Blob) -> None:
    """Paint loops of bowel in front and at the flanks: never labelled."""
    loops = [(z, y, x) for z in (-34, -18) for y in (-52, -24) for x in (-15, 20, 58)]
    loops += [(-26, 10, -104), (-30, 20, 98), (-6, -8, 108)]
    for place in loops:
        radii = rng.uniform((9, 10, 11), (16, 17, 20))
        loop = Blob(
            tuple(rng.normal(place, 5)),
            tuple(radii),
            rng.uniform(0, 180),
            waves=random_waves(rng, 0.08),
        )
        scene.add("gut wall", Meet(loop, cavity))
        content = rng.choice(["gut fluid", "food", "gas"])
        scene.add(content, Meet(loop.grown(-3), cavity))


def _draw_kidneys(scene: Scene, rng: np.random.Generator) -> None:
    """Paint kidneys with cortex, medulla and the fat of the sinus, and the adrenals."""
    for side, organ, height in ((-1, "right", -18), (1, "left", -10)):
        radii = rng.normal((30, 21, 27), (2.5, 1.5, 2))
        centre = rng.normal((height, 34, side * 66), (4, 3, 3))
        angle = side * rng.normal(38, 8)
        kidney = Blob(tuple(centre), tuple(radii), angle, waves=random_waves(rng, 0.05))
        label = VALUE[f"{organ} kidney"]
        scene.add("cortex of kidney", kidney, label=label)
        for turn in np.linspace(0, 2 * np.pi, 7)[:-1] + rng.uniform(0, 1):
            y = centre[1] + 0.5 * radii[1] * np.sin(turn)
            x = centre[2] + 0.5 * radii[2] * np.cos(turn)
            pyramid = Blob((centre[0], y, x), (18, 5.5, 6))
            scene.add("kidney", Meet(pyramid, kidney), soft=4)
        hilum = (centre[0], centre[1] - 7, centre[2] - side * 0.62 * radii[2])
        sinus = Blob(hilum, (13, 8, 15), angle, waves=random_waves(rng, 0.12))
        scene.add("fat", sinus, label=0)
        vessel = Tube((hilum, (hilum[0] + 6, 22, side * 8)), (4.5, 5))
        scene.add("vein", vessel)
        top = centre[0] + 0.8 * radii[0]
        start = (top, 22, side * 36)
        for end in ((top + 3, 34, side * 44), (top + 2, 36, side * 34)):
            limb = Tube((start, end), (3.6, 2.4))
            scene.add("adrenal", limb, label=VALUE[f"{organ} adrenal gland"])


def _draw_vessels(scene: Scene, rng: np.random.Generator) -> None:
    """Paint aorta, inferior vena cava and the end of the oesophagus."""
    shift = rng.normal(0, 3)
    radius = rng.normal(10.5, 1.2)
    course = ((-70, 27, 6 + shift), (0, 28, 9 + shift), (70, 33, 13 + shift))
    aorta = Tube(course, (radius - 1, radius, radius + 1))
    scene.add("artery", aorta, label=VALUE["aorta"])
    for z, end in ((4, (2, 0, 4)), (-8, (-26, 8, 2))):
        scene.add("artery", Tube(((z, 22, 8), end), (4, 3)))
    cava = Blob(
        (0, 20, -21 + shift),
        (900, rng.uniform(7, 10), rng.uniform(10, 14)),
        rng.normal(0, 15),
    )
    scene.add("vein", cava, label=VALUE["postcava"])
    gullet = Tube(((70, 14, 8), (34, 6, 16), (24, -6, 30)), (9, 8.5, 9))
    scene.add("gut wall", gullet, label=VALUE["esophagus"])


def _draw_spleen_and_stomach(
    scene: Scene, rng: np.random.Generator, cavity: Blob
) -> None:
    """Paint the spleen, and before it the stomach with a level of fluid and gas."""
    spleen = Blob(
        tuple(rng.normal((12, 24, 100), (4, 4, 3))),
        tuple(rng.normal((27, 44, 24), (3, 4, 3))),
        rng.normal(14, 8),
        waves=random_waves(rng, 0.06),
    )
    inside = Meet(spleen, cavity.grown(-2))
    scene.add("spleen", inside, label=VALUE["spleen"], grain="fine")
    scene.add("fat", Blob((12, 22, 72), (24, 24, 11)), label=0)

    z, y, x = rng.normal((14, -34, 52), (4, 4, 5))
    body = Blob(
        (z, y, x),
        tuple(rng.normal((30, 30, 38), (3, 4, 4))),
        rng.normal(22, 10),
        waves=random_waves(rng, 0.09),
    )
    antrum = Tube(
        ((z - 8, y - 6, x - 20), (z - 20, -40, 8), (z - 24, -28, -22)), (17, 14, 10)
    )
    wall = rng.uniform(4, 6.5)
    label = VALUE["stomach"]
    scene.add("gut wall", Meet(body, cavity.grown(-3)), label=label)
    scene.add("gut wall", Meet(antrum, cavity.grown(-3)), label=label)
    content = str(rng.choice(["gut fluid", "food"]))
    thin = replace(antrum, radii=tuple(r - wall for r in antrum.radii))
    lumen = body.grown(-wall)
    for part in (thin, lumen):
        scene.add(content, Meet(part, cavity.grown(-3 - wall)))
    if rng.random() < 0.75:  # gas rises to the front of a patient on the back
        level = y - rng.uniform(0, 14)
        above = Blob((z, level - 60, x), (900, 60, 900), power=12)
        scene.add("gas", Meet(Meet(lumen, above), cavity.grown(-3 - wall)))


def _draw_pancreas(scene: Scene, rng: np.random.Generator) -> None:
    """Paint the pancreas from head to tail, with the splenic vein and the duodenum."""
    shift = rng.normal(0, 3, (5, 3))
    line = np.array(
        [(-24, 2, -34), (-13, -3, -27), (-2, -15, -2), (4, -6, 32), (10, 10, 68)]
    )
    line = line + shift
    radii = np.array((16, 15, 11, 11.5, 9.5)) * rng.normal(1, 0.05)
    points = tuple(tuple(map(float, point)) for point in line)
    loop = (
        (-2, -20, -40),
        (-12, -4, -55),
        (-28, 8, -50),
        (-34, 16, -20),
        (-34, 14, 12),
    )
    scene.add("gut wall", Tube(loop, (10, 10, 9.5, 9, 8.5)), label=VALUE["duodenum"])
    scene.add("gut fluid", Tube(loop, (5.5, 5, 5, 5, 4)))
    label = VALUE["pancreas"]
    scene.add("pancreas", Tube(points, tuple(radii)), label=label, grain="fine")
    for _ in range(12):  # lobules make the outline uneven
        i = rng.integers(0, 4)
        place = line[i] + rng.random() * (line[i + 1] - line[i]) + rng.normal(0, 5, 3)
        lobule = Blob(tuple(place), tuple(rng.uniform(3, 6.5, 3)))
        scene.add("pancreas", lobule, label=label, grain="fine")
    vein = line + np.array((1.5, 8.5, 0))
    vein[0] = (-24, 6, -8)
    vein[1] = (-10, 2, -12)
    vein = tuple(tuple(map(float, point)) for point in vein)
    scene.add("vein", Tube(vein, (5.5, 5.5, 4.5, 4, 3.5)), label=0)


def _draw_liver(scene: Scene, rng: np.random.Generator, cavity: Blob) -> None:
    """Paint both lobes of the liver, their vessels and the hilum."""
    inside = cavity.grown(-2)
    right = Blob(
        tuple(rng.normal((14, -4, -74), (4, 4, 4))),
        tuple(rng.normal((50, 68, 56), (3, 4, 4))),
        rng.normal(-8, 6),
        power=2.3,
        taper=0.12,
        waves=random_waves(rng, 0.05),
    )
    left = Blob(
        tuple(rng.normal((24, -50, -18), (4, 3, 5))),
        tuple(rng.normal((30, 22, 56), (3, 3, 6))),
        rng.normal(-8, 6),
        waves=random_waves(rng, 0.07),
    )
    for lobe in (left, right):
        scene.add("liver", Meet(lobe, inside), label=VALUE["liver"], grain="fine")
    porta = np.array((2.0, -6, -34)) + rng.normal(0, 2, 3)
    hollow = Blob((-10, 2, -26), (34, 16, 22), -20, waves=random_waves(rng, 0.1))
    scene.add("fat", hollow, label=0)
    trunk = tuple(map(float, porta))
    for spread in ((20, 6, -34), (-8, 14, -40), (22, -20, -26), (26, -34, 6)):
        end = porta + rng.normal(spread, 5)
        vessel = Tube((trunk, tuple(map(float, end))), (5, 2))
        scene.add("liver vessel", Meet(vessel, right if spread[2] < 0 else left))
    for spread in ((-30, -30), (10, -54), (-40, -4)):
        start = (46.0, 14.0, -26.0)
        end = (14.0, start[1] + spread[0], start[2] + spread[1])
        scene.add("liver vessel", Meet(Tube((start, end), (4.5, 1.8)), right))
    for centre in rng.normal((14, 0, -78), (14, 24, 20), (rng.integers(0, 3), 3)):
        cyst = Blob(tuple(centre), tuple(rng.uniform(3, 8, 3)))
        scene.add("bile", Meet(cyst, right))


def _draw_gall_bladder(scene: Scene, rng: np.random.Generator) -> None:
    """Paint the gall bladder at the lower face of the liver."""
    bladder = Blob(
        tuple(rng.normal((-18, -30, -50), (3, 4, 5))),
        tuple(rng.normal((29, 31, 19), (2, 3, 1.5))),
        rng.normal(20, 15),
        waves=random_waves(rng, 0.08),
    )
    scene.add("gut wall", bladder.grown(1.5), label=0)
    scene.add("bile", bladder, label=VALUE["gall bladder"])
    if rng.random() < 0.5:  # sludge settles at the back
        level = bladder.centre[1] + rng.uniform(-5, 5)
        below = Blob((0, level + 60, 0), (900, 60, 900), power=12)
        scene.add("sludge", Meet(bladder, below), soft=4)
    for place in rng.normal(bladder.centre, 4, (rng.integers(0, 4), 3)):
        stone = Blob(tuple(place), tuple(rng.uniform(2.5, 4.5, 3)))
        scene.add("stone", Meet(stone, bladder))

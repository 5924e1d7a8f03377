"""Three coordinates on paper: where a point is seen from a chosen side, and how near it is.

    view = View(azimuth=30, elevation=20)
    places, near = view.of(points)          # (…, 3) -> (…, 2) on the paper, and (…,) from −1, far, to 1, near

The third coordinate points up. Nearer things are drawn larger, as an eye at four radii from the centre sees them.
"""

from dataclasses import dataclass

import numpy as np

EYE = 4.0    # radii from the centre


@dataclass(frozen=True)
class View:
    """Where one looks from.

    azimuth    degrees round the third axis; 0 looks along the first axis, from its positive end
    elevation  degrees above the plane of the first two axes
    zoom       1 shows a ball of the radius `radius` whole
    radius     what counts as size 1
    """

    azimuth: float = 0.0
    elevation: float = 0.0
    zoom: float = 1.0
    radius: float = 1.0

    @property
    def axes(self):
        """(3, 3), one a row, at right angles: to the right, up, and towards the eye."""
        a, e = np.radians([self.azimuth, self.elevation])
        towards = np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])
        right = np.array([-np.sin(a), np.cos(a), 0.0])
        return np.stack([right, np.cross(towards, right), towards])

    def of(self, points):
        """(places (…, 2), near (…,)) of points (…, 3), which lie about the centre."""
        points = np.asarray(points, float)
        if points.shape[-1:] != (3,):
            raise ValueError(f"points are {points.shape}; expected (…, 3), three coordinates each")
        turned = points @ self.axes.T / self.radius
        near = turned[..., 2]
        return self.zoom * self.larger(near)[..., None] * turned[..., :2], near

    def larger(self, near):
        """How much larger than at the centre a thing is seen: 1 at the centre, more for what is nearer."""
        return EYE / (EYE - np.clip(near, None, EYE - 1))

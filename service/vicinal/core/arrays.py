"""The arrays that numeric code passes around, named once."""

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Embeddings, one a row."""
Positions = NDArray[np.int64]
"""Places of items in a pool's arrays; they never leave the numeric code."""
Values = NDArray[np.float64]
"""One number for each item."""
Counts = NDArray[np.int64]
"""How many, for each item."""
Floats = NDArray[np.float32]
"""One number for each item, where float32 is enough."""
Mass = NDArray[np.int32] | NDArray[np.int64]
"""Vote mass for each item, in units of 1 / MASS_UNIT."""
Mask = NDArray[np.bool_]
"""Whether something is so, for each item."""
Probabilities = NDArray[np.float64]
"""Class probabilities, one row for each item and one column for each class."""

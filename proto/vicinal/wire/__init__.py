"""Records of `vicinal.records` as messages of `vicinal.v1`, and back."""

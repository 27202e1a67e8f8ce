"""The duplicates of a pool's items: searched, grouped, shown and carried labels for."""

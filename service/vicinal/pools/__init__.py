"""The state of a pool: its items' lives, leases, and the use cases on them."""

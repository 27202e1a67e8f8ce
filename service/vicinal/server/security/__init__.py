"""Access: keys, roles, TLS, and limits for each key."""

"""What every call passes: room, messages, interceptors, errors, threads, health."""

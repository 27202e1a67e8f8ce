"""What every call passes: admission, messages, interceptors, errors, threads, health."""

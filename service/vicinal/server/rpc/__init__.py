"""The calls of the service, one file per subject: checks, use cases, conversion."""

"""The gRPC edge: requests in, use cases called, answers and errors out."""

"""Pure numerics: arrays in, arrays out. No clock, no files, no grpc, no faiss, no global randomness."""

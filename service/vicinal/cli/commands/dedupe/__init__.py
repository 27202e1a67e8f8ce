"""`vicinal dedupe`: duplicates in a folder of images or a table of texts, without a server."""

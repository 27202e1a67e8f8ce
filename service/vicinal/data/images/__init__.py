"""Images: the one decoder, whether a file is whole, and what makes two files the same picture."""

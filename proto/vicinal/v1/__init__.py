"""Vicinal's wire: generated from the protos next to this file by tools/generate_proto.py."""

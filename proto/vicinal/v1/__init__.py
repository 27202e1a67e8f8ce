"""Vicinal's wire: generated from the protos beside this file by tools/generate_proto.py."""

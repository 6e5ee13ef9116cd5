"""Publish the podcast to a folder or to object storage."""

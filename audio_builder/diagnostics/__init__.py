"""What `check` says about a script: errors, advice and the lengths it can have."""

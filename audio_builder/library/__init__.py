"""Built sessions on disk: manifests, transcripts, show notes and the other sidecars."""

"""Draw covers, timelines and waveforms."""

"""Pictures: covers, timelines and waveforms."""

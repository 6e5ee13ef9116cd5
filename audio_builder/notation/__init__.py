"""What people write in scripts for other tools: pauses, stage directions, labels and leftovers of editors."""

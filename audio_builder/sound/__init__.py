"""Where sound comes from: the author's recordings, synthesised chimes and beds; and how loud it is."""

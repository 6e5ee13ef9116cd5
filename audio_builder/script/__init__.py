"""What a script says: its syntax tree, the parser, and finding and loading scripts."""

"""Parse the text of a script into its syntax tree, or into the list of everything that is wrong with it."""
